//! The app suite: what every host promises.

pub mod addresses;
pub mod api;
pub mod background;
pub mod flights;
pub mod git;
pub mod hashes;
pub mod index;
pub mod ingests;
pub mod jobs;
pub mod lengths;
pub mod limits;
pub mod metrics;
pub mod mirrored;
pub mod names;
pub mod peers;
pub mod prefetch;
pub mod proxies;
pub mod purge;
pub mod ranges;
pub mod routes;
pub mod semantics;
pub mod settings;
pub mod store;
pub mod tls;
pub mod trouble;
pub mod verification;
pub mod writers;

/// Makes one test of each case of the app suite for a host: `app_cases!(SMOL)`.
#[macro_export]
macro_rules! app_cases {
    ($host:expr) => {
        $crate::registry_cases! { $host }
        $crate::suite! { $host; app;
            addresses:
                redirect_to_a_private_address_is_refused
                private_ranges_are_refused
                operator_may_allow_private_hosts;
            background:
                download_outlives_its_clients
                abandoned_download_is_resumed;
            flights:
                twenty_cold_clients_share_one_download
                twenty_cold_clients_share_one_small_download
                twenty_clients_share_one_package
                second_request_joins_running_fill
                last_bytes_wait_for_the_verdict
                failed_fill_aborts_followers
                request_after_a_failure_starts_anew
                broken_download_is_resumed
                broken_download_without_etag_is_never_mixed
                changed_file_is_never_mixed_into_a_resume
                slow_client_does_not_slow_a_fast_one
                leaving_client_leaves_the_others_their_download
                missing_file_is_remembered
                waiting_clients_share_the_trouble
                hanging_download_does_not_hold_another;
            hashes:
                package_is_found_by_either_hash
                layout_is_that_of_the_whole_archive
                broken_tarball_has_no_hash
                moved_branch_is_found_by_its_new_hash_only
                second_tarball_of_a_package_stands_in
                tarball_in_the_store_is_hashed_when_asked_for
                nonsense_is_no_hash;
            index:
                downloads_point_here
                index_is_revalidated
                nominated_versions_join
                nominated_version_moves
                last_good_index_outlives_upstream
                bad_index_changes_nothing
                missing_index_is_trouble
                digest_vouches_where_there_is_no_signature
                signature_outweighs_the_index
                index_path_is_the_second_try
                refresh_is_conditional;
            metrics:
                health_is_one_word
                what_happened_is_counted
                families_are_announced
                missing_name_is_asked_again_after_its_time;
            mirrored:
                package_outlives_its_forge
                artifact_lies_under_its_version
                file_may_hold_slashes
                strangers_are_not_asked_for
                values_stay_in_their_place
                trouble_leaves_nothing_behind
                redirects_are_followed
                broken_package_is_resumed
                branch_is_renewed
                branch_outlives_its_forge
                unchanged_branch_stays_the_same_file
                package_found_in_the_store_is_served
                media_types_are_zigs
                file_and_directory_cannot_share_a_name;
            prefetch:
                fetched_file_brings_its_version
                head_brings_no_version
                off_fetches_nothing_by_itself
                all_fetches_every_stable_version
                clients_go_first
                prefetch_evicts_nothing;
            lengths:
                unknown_length_becomes_content_length
                signature_of_unknown_length_is_served
                slow_upstream_is_followed
                empty_file_is_served
                sizes_around_the_border_arrive_whole;
            limits:
                full_store_serves_what_it_has
                growing_file_stops_at_the_cap
                dev_versions_make_room
                evicted_versions_give_their_space_back
                disk_reserve_is_kept
                full_disk_serves_what_it_has
                misses_of_one_client_are_limited
                misses_of_all_clients_are_limited;
            names:
                impossible_names_are_refused
                traversal_is_refused
                percent_garbage_is_refused
                long_names_are_refused
                unknown_paths_are_not_found;
            peers:
                each_address_has_its_own_rate
                forwarded_address_is_not_believed
                trusted_proxy_is_believed
                other_peers_are_not_believed
                address_that_the_client_wrote_is_not_believed
                forwarded_field_is_believed_from_a_trusted_proxy;
            proxies:
                upstream_is_reached_through_the_proxy
                hosts_in_no_proxy_are_asked_directly
                missing_proxy_is_trouble;
            purge:
                old_dev_versions_are_purged
                least_used_files_are_purged;
            ranges:
                single_ranges_are_partial
                ranges_past_the_end_are_not_satisfiable
                other_ranges_are_answered_whole
                head_ignores_ranges
                if_range_compares_strongly
                not_modified_comes_before_the_range
                range_of_a_cold_file_is_right
                range_of_a_slow_file_is_waited_for;
            routes:
                release_is_found_on_every_route
                dev_version_is_found_on_every_route
                escaped_plus_is_the_same_file
                source_query_is_ignored_for_caching
                every_form_of_name_is_fetched
                unknown_targets_are_still_asked_for
                signature_is_served
                signature_is_served_after_its_archive_from_the_store
                version_index_is_served_bit_for_bit
                version_of_the_path_must_be_the_files
                community_mirrors_names_this_mirror
                upstream_url_may_have_a_path;
            semantics:
                stored_file_carries_its_fields
                content_types_come_from_the_suffix
                archives_are_never_encoded
                head_has_the_fields_of_get
                head_on_a_cold_file_is_answered
                other_methods_are_refused
                matching_etag_is_not_modified
                unchanged_since_is_not_modified
                etag_is_the_files_own;
            settings:
                senseless_values_are_refused
                bad_templates_are_refused
                settings_of_unbuilt_features_are_refused
                disagreeing_aliases_are_refused
                aliases_are_accepted
                flags_are_accepted
                unknown_flags_are_refused
                taken_port_is_refused
                each_request_is_logged_once;
            store:
                files_lie_where_the_seeds_put_them
                file_is_found_under_each_kind
                good_file_in_the_store_is_served_without_upstream
                damaged_file_in_the_store_is_not_served
                damaged_file_in_the_store_is_replaced
                file_without_signature_is_verified_with_upstreams
                killed_download_leaves_only_staging
                published_file_survives_a_crash
                second_server_does_not_sweep_the_firsts_staging
                read_only_store_serves;
            tls:
                private_authority_is_trusted_only_if_named
                certificate_of_another_name_is_refused
                redirect_out_of_tls_is_refused;
            trouble:
                missing_upstream_is_not_found
                other_statuses_are_trouble
                broken_connections_are_trouble
                garbage_heads_are_trouble
                wrong_lengths_are_trouble
                redirects_that_lead_nowhere_are_trouble
                redirects_are_followed
                unreachable_upstream_is_trouble
                unknown_upstream_host_is_trouble
                short_trouble_is_retried
                large_file_that_always_breaks_is_never_complete;
            verification:
                tampered_small_file_is_refused
                tampered_large_file_never_ends_cleanly
                appended_bytes_are_refused
                missing_signature_is_trouble
                damaged_signature_is_trouble
                nonsense_signature_is_trouble
                signature_for_another_name_is_trouble
                unknown_key_is_trouble
                each_listed_key_is_accepted
                legacy_signature_is_accepted
                verification_can_be_turned_off
                nothing_is_immutable_before_the_verdict;
        }
    };
}

/// Makes one test of each case about the registry: the part of the app suite that heeds
/// [`Host::prefix`](crate::host::Host::prefix), for hosts that do not take all of it.
#[macro_export]
macro_rules! registry_cases {
    ($host:expr) => {
        $crate::suite! { $host; app;
            api:
                senseless_bodies_are_refused
                url_without_a_name_needs_one
                unknown_things_are_not_found
                other_methods_are_refused
                long_and_coded_bodies_are_refused
                heads_are_those_of_gets
                description_is_true;
            git:
                discovery_in_version_2_is_exact
                discovery_in_versions_0_and_1_is_exact
                references_are_listed
                release_is_fetched
                empty_and_unknown_wants_are_answered
                senseless_requests_are_refused
                endless_requests_are_refused
                other_requests_are_refused;
            ingests:
                fetched_package_is_listed_and_described
                tarball_is_served_as_files_are
                manifest_and_hash_lead_to_the_tarball
                tag_with_slashes_is_served
                upstream_without_packages_is_told
                name_belongs_to_its_first_upstream
                job_that_is_told_of_can_be_followed;
            jobs:
                long_ingest_is_followed
                two_requests_are_one_job
                failed_job_says_why;
            writers:
                token_opens_what_writes
                without_a_token_only_this_machine_writes
                public_name_closes_writing
                update_is_public_unless_closed;
        }
    };
}
