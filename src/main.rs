//! The binary: hands the command line to the library.

use clap::Parser;

fn main() -> std::process::ExitCode {
    madoguchi::cli::run(madoguchi::cli::Call::parse())
}
