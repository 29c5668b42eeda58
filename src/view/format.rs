//! Which view of a report a caller gets.

use crate::report::AnyReport;
use crate::view;

/// A view of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text exposition format 0.0.4.
    Prometheus,
    /// JSON.
    Json,
    /// Text for a person.
    Text,
}

impl Format {
    /// Every format with its word.
    pub const ALL: [(Self, &str); 3] = [
        (Self::Prometheus, "prometheus"),
        (Self::Json, "json"),
        (Self::Text, "text"),
    ];

    /// The format that `name` stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(format, _)| *format)
    }

    /// What the Accept header asks for: JSON where it stands before the text formats, else Prometheus text.
    pub fn from_accept(accept: &str) -> Self {
        let media_types = accept
            .split(',')
            .filter_map(|range| range.split(';').next())
            .map(str::trim);
        let decisive = media_types
            .into_iter()
            .find_map(|media_type| match media_type {
                "application/json" => Some(Self::Json),
                "text/plain" | "application/openmetrics-text" | "*/*" => Some(Self::Prometheus),
                _ => None,
            });
        decisive.unwrap_or(Self::Prometheus)
    }

    /// Its media type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::Json => "application/json",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// The view of `report` that `format` names.
pub fn render(report: &AnyReport, format: Format) -> String {
    match (report, format) {
        (AnyReport::Target(report), Format::Prometheus) => view::prometheus(report),
        (AnyReport::Target(report), Format::Json) => view::json(report),
        (AnyReport::Target(report), Format::Text) => view::text(report),
        (AnyReport::Blackbox(report), Format::Prometheus) => view::blackbox_prometheus(report),
        (AnyReport::Blackbox(report), Format::Json) => view::blackbox_json(report),
        (AnyReport::Blackbox(report), Format::Text) => view::text(&report.report),
        (AnyReport::Zone(report), Format::Prometheus) => view::zone_prometheus(report),
        (AnyReport::Zone(report), Format::Json) => view::zone_json(report),
        (AnyReport::Zone(report), Format::Text) => view::zone_text(report),
    }
}

/// The transcript of `report`, then its metrics.
pub fn transcript(report: &AnyReport) -> String {
    match report {
        AnyReport::Target(report) => view::debug(report),
        AnyReport::Blackbox(report) => view::blackbox_debug(report),
        AnyReport::Zone(report) => view::zone_debug(report),
    }
}
