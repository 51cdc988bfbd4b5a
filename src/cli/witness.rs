//! `madoguchi witness`: keeps the register of a pair on a third machine until it is told to stop.

use std::process::ExitCode;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::serve::{Stop, until_told};
use super::{Failure, Shared};
use crate::app::{self, DataDir};
use crate::arbiter::{Witness, WitnessError};
use crate::base::Clock;

impl From<WitnessError> for Failure {
    fn from(error: WitnessError) -> Self {
        match error {
            WitnessError::Tls(_) => Self::Call(error.to_string()),
            WitnessError::Store(_) | WitnessError::Listen { .. } => Self::Wrong(error.to_string()),
        }
    }
}

pub(super) fn run(shared: &Shared) -> Result<ExitCode, Failure> {
    let config = shared.load()?;
    let Some(listen) = config.ha.listen else {
        let file = shared.config.display();
        return Err(Failure::Call(format!(
            "{file}: ha.listen = : allowed is an address and a port, such as 192.0.2.30:7400"
        )));
    };
    let _log = app::log(&config.log)?;
    let data_dir = DataDir::lock(&config.data_dir)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = Stop::new()?;
        let witness = Witness::open(&config.ha, listen, data_dir.path(), &Clock::system()).await?;
        let (at, register) = (witness.address(), witness.register());
        let mut lines = vec![format!("witness  {at}")];
        if register.is_none() {
            lines.push(
                "台帳がまだありません。主の機械で madoguchi arbiter init を実行してください".to_owned(),
            );
        }
        shared.paper().report(&lines, &json!({"witness": at, "register": register}))?;
        let ended = CancellationToken::new();
        let told = async {
            until_told(stop).await;
            ended.cancel();
            std::future::pending::<()>().await;
        };
        let served = tokio::select! {
            served = witness.serve(ended.clone()) => served,
            () = told => Ok(()),
        };
        served.map_err(|error| Failure::Wrong(error.to_string()))?;
        Ok(ExitCode::SUCCESS)
    })
}
