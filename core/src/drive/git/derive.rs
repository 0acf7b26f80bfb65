use crate::app::failure::Failure;
use crate::drive::host::Host;
use crate::registry::face::note::FaceNote;
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;
pub(in crate::drive) async fn note<H: Host>(
    _: &H,
    _: &PackageName,
    _: &TagName,
) -> Option<FaceNote> {
    None
}
pub(in crate::drive) async fn ensured<H: Host>(
    _: &H,
    _: &PackageName,
    _: &TagName,
) -> Result<FaceNote, Failure> {
    Err(Failure::Busy)
}
