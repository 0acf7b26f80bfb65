//! The Git face: packages from repositories made by the real git, cloned and fetched by every git
//! and every Zig of this machine, and held to what upstream itself would have sent.
//!
//! Tools that a machine lacks are reported as `skipped: no <tool>`; with `CI=true` that is a failure.

mod alike;
mod clones;
mod dumb;
mod fetches;
mod imported;
mod keeping;
mod pinned;
mod refusals;
mod requests;
mod story;
mod zigs;

use alike::{all_tags_are_the_same_objects, each_tag_is_the_same_objects};
use clones::{
    bare_clones_and_mirrors_are_whole, clones_have_all_tags_with_upstreams_ids,
    newest_release_is_cloned_without_a_name, odd_files_are_cloned_as_they_are,
    one_tag_is_cloned_alone, references_are_those_of_upstream, small_and_hollow_trees_are_cloned,
};
use dumb::{
    broken_downloads_of_git_go_on, links_in_a_repository_lead_nowhere,
    only_files_of_the_protocol_are_served, packages_are_cloned_file_by_file,
    packs_come_in_any_part, repositories_of_this_machine_are_cloned_as_they_are,
    repository_of_this_machine_comes_before_the_package,
};
use fetches::{
    commits_and_tag_objects_are_fetched_by_id, fetches_without_news_do_nothing,
    new_tags_come_with_a_depth, new_tags_come_with_update_shallow,
    plain_fetches_leave_clones_sound, submodules_are_updated_from_here,
    unshallow_ends_with_a_sound_clone,
};
use imported::{
    imported_and_fetched_releases_stand_together, imported_packages_are_cloned,
    imported_packages_have_their_hash,
};
use keeping::{
    derived_files_may_be_deleted, earlier_tags_change_no_id, eight_clones_at_once_are_whole,
    killed_server_serves_the_same_again, moved_and_removed_tags_change_no_id,
    three_hundred_tags_are_cloned_at_once,
};
use pinned::pinned_project_builds_with_another_host;
use refusals::{
    filters_end_politely, package_without_tags_is_empty, push_is_refused_with_a_reason,
    unknown_package_is_told_in_a_line,
};
use requests::{
    bodies_come_compressed_and_in_chunks, long_requests_of_git_are_read,
    old_clients_get_packs_in_their_framing, one_connection_serves_many_requests,
    stray_bytes_behind_a_want_are_passed_over, wants_may_be_said_twice_and_in_any_order,
};
use zigs::{every_zig_has_the_hash_of_the_tarball, saved_commits_are_fetched_later};

zigdepot_tests::on_socket_hosts! {
    references_are_those_of_upstream
    clones_have_all_tags_with_upstreams_ids
    bare_clones_and_mirrors_are_whole
    one_tag_is_cloned_alone
    newest_release_is_cloned_without_a_name
    odd_files_are_cloned_as_they_are
    small_and_hollow_trees_are_cloned
    new_tags_come_with_a_depth
    new_tags_come_with_update_shallow
    plain_fetches_leave_clones_sound
    fetches_without_news_do_nothing
    commits_and_tag_objects_are_fetched_by_id
    unshallow_ends_with_a_sound_clone
    submodules_are_updated_from_here
    unknown_package_is_told_in_a_line
    push_is_refused_with_a_reason
    package_without_tags_is_empty
    filters_end_politely
    stray_bytes_behind_a_want_are_passed_over
    bodies_come_compressed_and_in_chunks
    long_requests_of_git_are_read
    old_clients_get_packs_in_their_framing
    wants_may_be_said_twice_and_in_any_order
    one_connection_serves_many_requests
    each_tag_is_the_same_objects
    all_tags_are_the_same_objects
    every_zig_has_the_hash_of_the_tarball
    saved_commits_are_fetched_later
    pinned_project_builds_with_another_host
    killed_server_serves_the_same_again
    derived_files_may_be_deleted
    earlier_tags_change_no_id
    moved_and_removed_tags_change_no_id
    three_hundred_tags_are_cloned_at_once
    eight_clones_at_once_are_whole
    imported_packages_are_cloned
    imported_packages_have_their_hash
    imported_and_fetched_releases_stand_together
    repositories_of_this_machine_are_cloned_as_they_are
    only_files_of_the_protocol_are_served
    links_in_a_repository_lead_nowhere
    packages_are_cloned_file_by_file
    packs_come_in_any_part
    broken_downloads_of_git_go_on
    repository_of_this_machine_comes_before_the_package
}
