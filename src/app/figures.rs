//! The figures that the whole process counts: one recorder, installed once.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Bounds of the time that a request takes, in seconds.
const SECONDS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0];

/// The recorder's handle; the first call installs it.
pub(super) fn figures() -> PrometheusHandle {
    static FIGURES: OnceLock<PrometheusHandle> = OnceLock::new();
    FIGURES.get_or_init(install).clone()
}

fn install() -> PrometheusHandle {
    // The bounds are a constant that is not empty, so they are never refused.
    let builder = PrometheusBuilder::new();
    let recorder = match builder.set_buckets(&SECONDS) {
        Ok(builder) => builder.build_recorder(),
        Err(_) => PrometheusBuilder::new().build_recorder(),
    };
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("another recorder counts already");
    }
    metrics::gauge!("madoguchi_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    handle
}
