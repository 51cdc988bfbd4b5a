//! `madoguchi completions|man`: what a package installs beside the binary.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Call, Failure};

/// The completions of a shell.
pub(super) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Call::command(), "madoguchi", &mut text);
    io::stdout().lock().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The manual page, with every subcommand.
pub(super) fn man() -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    let mut command = Call::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for task in command.get_subcommands().filter(|task| !task.is_hide_set()) {
        section(task, &mut text)?;
    }
    io::stdout().lock().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// A subcommand, and below it its own.
fn section(task: &clap::Command, text: &mut Vec<u8>) -> io::Result<()> {
    let inner: Vec<&clap::Command> =
        task.get_subcommands().filter(|task| task.get_name() != "help").collect();
    if inner.is_empty() {
        writeln!(text, ".SH {}", task.get_bin_name().unwrap_or(task.get_name()))?;
        let man = clap_mangen::Man::new(task.clone());
        man.render_synopsis_section(text)?;
        man.render_description_section(text)?;
        return man.render_options_section(text);
    }
    inner.into_iter().try_for_each(|task| section(task, text))
}
