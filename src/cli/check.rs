//! `madoguchi check`: does everything work that the configuration names?

use std::process::ExitCode;

use serde_json::json;

use super::{Failure, Shared};
use crate::app::{self, Finding, Verdict};

pub(super) fn run(shared: &Shared) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let findings = runtime.block_on(app::check(&config));
    let fine = findings.iter().all(|finding| finding.verdict != Verdict::Wrong);
    let mut lines = vec![format!("正常　{}", shared.config.display())];
    lines.extend(findings.iter().map(line));
    shared.paper().report(&lines, &json!({"fine": fine, "config": shared.config, "findings": findings}))?;
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::Ok => "正常",
        Verdict::Warning => "注意",
        Verdict::Wrong => "異常",
    };
    format!("{verdict}　{} = {}: {}", finding.key, finding.value, finding.found)
}
