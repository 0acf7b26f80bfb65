//! The wire suite: what socket hosts promise.

pub mod bodies;
pub mod connections;
pub mod crowds;
pub mod families;
pub mod framing;
pub mod heads;
pub mod shutdown;

/// Makes one test of each case of the wire suite for a host: `wire_cases!(SMOL)`.
#[macro_export]
macro_rules! wire_cases {
    ($host:expr) => {
        $crate::suite! { $host; wire;
            bodies:
                body_may_come_in_every_way
                request_behind_a_body_is_answered
                continue_is_sent_once_and_only_where_it_helps
                continue_is_not_sent_for_a_refusal
                long_body_ends_the_connection
                malformed_body_ends_the_connection
                body_that_does_not_come_is_given_up
                post_without_a_body_is_answered
                unwanted_body_is_passed_over
                term_answers_a_waiting_fetch;
            connections:
                connection_is_kept_alive
                pipelined_requests_are_answered_in_order
                long_pipeline_is_answered_whole
                asked_close_is_announced
                old_clients_get_the_end
                stray_bytes_behind_the_last_request_cut_nothing
                expectation_is_answered
                expectation_without_body_gets_a_final_answer
                body_of_a_get_is_no_request
                huge_body_is_not_read
                idle_connection_is_closed
                pause_between_requests_is_fine
                client_that_stops_reading_is_given_up
                half_closed_client_is_answered;
            crowds:
                thousand_idle_connections_leave_room
                greedy_client_is_capped;
            families:
                default_bind_answers_on_both_families;
            framing:
                length_and_coding_are_refused
                odd_lengths_are_refused
                odd_codings_are_refused
                odd_chunks_are_refused
                odd_hosts_are_refused
                odd_line_ends_are_refused
                odd_fields_are_refused
                odd_request_lines_are_refused;
            heads:
                endless_head_is_refused
                large_field_is_refused
                many_fields_are_refused
                long_target_is_refused
                ordinary_heads_are_accepted
                head_may_come_byte_by_byte
                trickling_head_is_given_up
                silent_head_is_given_up
                empty_line_before_a_request_is_passed_over
                absolute_form_is_accepted
                connect_is_refused;
            shutdown:
                term_finishes_running_answers
                term_closes_idle_connections
                term_gives_up_after_the_deadline;
        }
    };
}
