//! The registry: repositories made by the real git, served by the real `git http-backend`, taken in by
//! the real programs, and installed by real Zigs.
//!
//! Tools that a machine lacks are reported as `skipped: no <tool>`; with `CI=true` that is a failure.

mod access;
mod api;
mod commands;
mod derived;
mod ingest;
mod keeping;
mod packbase;
mod promise;
mod safety;
mod story;
mod trouble;
mod update;
mod zigs;

use access::{
    address_in_the_base_url_closes_writing, token_opens_what_writes,
    without_a_token_only_this_machine_writes,
};
use api::{
    answers_can_be_asked_for_without_their_bodies, check_asks_the_upstream,
    description_of_the_api_is_true, long_ingest_is_followed_as_a_job,
    packages_are_listed_found_and_described, requests_without_sense_are_refused,
    troubles_of_the_upstream_are_told, upstreams_without_tags_are_told_apart,
};
use commands::{
    data_directory_of_packbase_is_taken_over, fetch_beside_a_server_is_seen_by_it,
    fetch_brings_what_it_is_given, packbase_is_imported_as_it_is, progress_is_told,
    verify_finds_what_is_not_the_commit, verify_proves_each_tarball,
};
use derived::{
    damaged_git_packs_are_deleted_and_come_back, git_packs_come_with_their_releases,
    nothing_derived_outlives_its_release,
};
use ingest::{
    big_repository_takes_little_memory, deep_chains_of_deltas_are_resolved,
    deltas_by_id_are_resolved, every_tag_becomes_its_commit, odd_files_come_back_as_they_were,
    old_protocols_and_user_agents, redirects_lead_to_the_upstream,
    slashes_of_a_tag_come_raw_or_escaped, spellings_of_a_url_are_one_upstream,
    three_hundred_tags_take_few_requests, trees_that_a_tar_cannot_carry_are_told_by_the_manifest,
};
use keeping::{
    conflicts_and_refusals_are_told, hashes_of_releases_are_found_again,
    hosts_that_are_named_may_be_private, releases_are_listed_and_never_purged,
    upstream_is_shown_and_settled, verify_tells_halves_of_releases_apart,
};
use packbase::{
    packbase_is_imported_in_place, packbase_is_taken_as_far_as_it_can_be,
    tarballs_without_manifest_get_one,
};
use promise::{
    moved_tag_is_a_conflict_and_stays, new_address_that_the_old_one_leads_to_is_the_same_upstream,
    operator_moves_a_package_to_another_upstream, reserved_and_impossible_names_are_refused,
    second_upstream_of_a_name_is_refused, tag_that_is_made_anew_is_no_conflict,
    tag_that_upstream_removed_stays,
};
use safety::{
    git_bombs_are_refused_by_their_limits, hostile_trees_refuse_their_tags_and_no_others,
    limits_are_named_with_the_setting_that_raises_them, only_hostile_tags_are_no_package,
    private_addresses_are_not_asked, slow_upstream_does_not_stop_the_server,
    unknown_limits_are_refused_at_start,
};
use trouble::{
    failed_ingests_leave_no_trace, killed_ingest_leaves_nothing_half,
    tag_that_moves_meanwhile_is_the_one_that_was_listed, two_fetches_at_once_are_one_job,
    two_nodes_on_one_directory_publish_once,
};
use update::{
    catalog_of_either_shape_brings_its_packages, catalog_that_is_down_or_broken_changes_nothing,
    failed_package_is_tried_again_and_stops_no_other,
    repositories_in_the_data_directory_are_published,
    repository_of_this_machine_and_an_upstream_are_never_one_package,
    update_can_be_closed_and_comes_by_itself, updates_queue_and_rest,
};
use zigs::{every_zig_has_the_hash_of_git, saved_packages_are_fetched_from_the_registry};

zigdepot_tests::on_socket_hosts! {
    token_opens_what_writes
    without_a_token_only_this_machine_writes
    address_in_the_base_url_closes_writing
    requests_without_sense_are_refused
    upstreams_without_tags_are_told_apart
    troubles_of_the_upstream_are_told
    long_ingest_is_followed_as_a_job
    packages_are_listed_found_and_described
    check_asks_the_upstream
    description_of_the_api_is_true
    answers_can_be_asked_for_without_their_bodies
    fetch_brings_what_it_is_given
    fetch_beside_a_server_is_seen_by_it
    verify_proves_each_tarball
    verify_finds_what_is_not_the_commit
    packbase_is_imported_as_it_is
    data_directory_of_packbase_is_taken_over
    progress_is_told
    hosts_that_are_named_may_be_private
    conflicts_and_refusals_are_told
    upstream_is_shown_and_settled
    verify_tells_halves_of_releases_apart
    hashes_of_releases_are_found_again
    releases_are_listed_and_never_purged
    git_packs_come_with_their_releases
    damaged_git_packs_are_deleted_and_come_back
    nothing_derived_outlives_its_release
    packbase_is_taken_as_far_as_it_can_be
    tarballs_without_manifest_get_one
    packbase_is_imported_in_place
    every_tag_becomes_its_commit
    slashes_of_a_tag_come_raw_or_escaped
    odd_files_come_back_as_they_were
    trees_that_a_tar_cannot_carry_are_told_by_the_manifest
    deep_chains_of_deltas_are_resolved
    deltas_by_id_are_resolved
    three_hundred_tags_take_few_requests
    old_protocols_and_user_agents
    redirects_lead_to_the_upstream
    spellings_of_a_url_are_one_upstream
    big_repository_takes_little_memory
    moved_tag_is_a_conflict_and_stays
    tag_that_is_made_anew_is_no_conflict
    tag_that_upstream_removed_stays
    second_upstream_of_a_name_is_refused
    operator_moves_a_package_to_another_upstream
    new_address_that_the_old_one_leads_to_is_the_same_upstream
    reserved_and_impossible_names_are_refused
    hostile_trees_refuse_their_tags_and_no_others
    git_bombs_are_refused_by_their_limits
    only_hostile_tags_are_no_package
    private_addresses_are_not_asked
    limits_are_named_with_the_setting_that_raises_them
    unknown_limits_are_refused_at_start
    slow_upstream_does_not_stop_the_server
    two_fetches_at_once_are_one_job
    two_nodes_on_one_directory_publish_once
    tag_that_moves_meanwhile_is_the_one_that_was_listed
    killed_ingest_leaves_nothing_half
    failed_ingests_leave_no_trace
    catalog_of_either_shape_brings_its_packages
    catalog_that_is_down_or_broken_changes_nothing
    updates_queue_and_rest
    failed_package_is_tried_again_and_stops_no_other
    update_can_be_closed_and_comes_by_itself
    repositories_in_the_data_directory_are_published
    repository_of_this_machine_and_an_upstream_are_never_one_package
    every_zig_has_the_hash_of_git
    saved_packages_are_fetched_from_the_registry
}
