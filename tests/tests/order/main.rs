//! Keeping a store in order: `verify`, `du`, `purge` and `import`, with the real programs.

mod import;
mod purge;
mod story;
mod verify;

use import::{wrench_is_imported_beside_it, wrench_is_imported_in_place};
use purge::{
    empty_and_missing_stores, every_command_helps_itself, least_used_are_purged_to_a_size,
    old_dev_versions_are_purged, purge_deletes_what_is_named_with_its_records,
    purged_version_is_fetched_again, senseless_purges_are_refused, space_is_told_with_links_once,
};
use verify::{
    hashes_of_packages_are_found_again, killed_verify_goes_on,
    new_copy_of_a_branch_with_the_record_of_the_old_one_stays, odd_names_are_left,
    packages_are_held_to_their_first_digest, read_only_store_is_read,
    records_of_gone_files_are_swept, restart_reads_all_again,
    verify_beside_a_server_finds_all_right, wrong_files_are_set_aside_and_fetched_anew,
    wrong_signatures_are_found,
};

zigdepot_tests::on_socket_hosts! {
    verify_beside_a_server_finds_all_right
    wrong_files_are_set_aside_and_fetched_anew
    wrong_signatures_are_found
    packages_are_held_to_their_first_digest
    new_copy_of_a_branch_with_the_record_of_the_old_one_stays
    records_of_gone_files_are_swept
    killed_verify_goes_on
    restart_reads_all_again
    read_only_store_is_read
    empty_and_missing_stores
    odd_names_are_left
    hashes_of_packages_are_found_again
    space_is_told_with_links_once
    purge_deletes_what_is_named_with_its_records
    old_dev_versions_are_purged
    least_used_are_purged_to_a_size
    senseless_purges_are_refused
    purged_version_is_fetched_again
    wrench_is_imported_beside_it
    wrench_is_imported_in_place
    every_command_helps_itself
}
