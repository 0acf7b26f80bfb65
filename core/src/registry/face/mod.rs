//! A release as Git sees it: which commit it shows, and in which pack its objects are sent.
//!
//! * [`check`] holds what was derived from a release against its note;
//! * [`note`] keeps what is known of a release's derived files, and is the last of them;
//! * [`plain`] is what the dumb protocol shows of a package;
//! * [`repository`] is all releases of a package together: references, and who has what;
//! * [`set`] names the pack of all releases of a package;
//! * [`synthetic`] makes the parentless commit that stands for a release where upstream's cannot.
//!
//! All of it is derived from tarball and manifest. It refuses to say anything of a release that
//! those two do not say.

pub mod check;
pub mod note;
pub mod plain;
pub mod repository;
pub mod set;
pub mod synthetic;
