//! Whether all servers ask the parent for the same, as samples of the zone.

use crate::report::ZoneReport;
use crate::view::catalog::ProbeMetric as M;
use crate::view::samples::{LabelledSamples, flag};

pub(super) fn add_cds(zone: &mut LabelledSamples<'_>, report: &ZoneReport) {
    zone.add_if(M::ZoneCdsEqual, report.agreement.cds_equal.map(flag));
}
