//! The report of a flow that has started.

/// Reports a flow that has started with this state.
#[cfg_attr(not(feature = "tracing"), expect(unused_variables))]
pub(crate) fn flow_started(state: &str) {
    #[cfg(feature = "metrics")]
    metrics::counter!(super::counters::FLOWS_STARTED).increment(1);
    #[cfg(feature = "tracing")]
    tracing::debug!(
        target: "tower_smartcar_connect",
        flow = crate::states::flow_id(state),
        "flow started",
    );
}
