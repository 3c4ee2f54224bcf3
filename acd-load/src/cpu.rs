//! Cores and processor time: where a process runs, and how long it has run.

use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

use crate::LoadError;

/// Puts a process, and its threads that do not exist yet, on one core.
pub(crate) fn pin(pid: Pid, core: usize) -> Result<(), LoadError> {
    let system = |error: nix::Error| LoadError::System("setting the core", error.into());
    let mut set = CpuSet::new();
    set.set(core).map_err(system)?;
    sched_setaffinity(pid, &set).map_err(system)
}

/// Lets this thread run on every core again.
pub(crate) fn unpin() -> Result<(), LoadError> {
    let system = |error: nix::Error| LoadError::System("setting the cores", error.into());
    let mut set = CpuSet::new();
    for core in 0..cores() {
        set.set(core).map_err(system)?;
    }
    sched_setaffinity(Pid::from_raw(0), &set).map_err(system)
}

/// How many cores the machine has.
pub(crate) fn cores() -> usize {
    let configured = nix::unistd::sysconf(nix::unistd::SysconfVar::_NPROCESSORS_CONF);
    configured.ok().flatten().and_then(|count| usize::try_from(count).ok()).unwrap_or(1)
}

/// Nanoseconds that this thread has run.
pub(crate) fn own_ns() -> Result<u64, LoadError> {
    let clock = nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID);
    let time = clock.map_err(|error| LoadError::System("reading a clock", error.into()))?;
    Ok(time.tv_sec().cast_unsigned() * 1_000_000_000 + time.tv_nsec().cast_unsigned())
}

/// Nanoseconds that the threads of a process have run.
pub(crate) fn ran_ns(pid: u32) -> Result<u64, LoadError> {
    let failed = |error| LoadError::System("reading /proc", error);
    let mut sum = 0;
    for task in std::fs::read_dir(format!("/proc/{pid}/task")).map_err(failed)? {
        let path = task.map_err(failed)?.path().join("schedstat");
        // A thread may end meanwhile; its time is lost, as it is small.
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        sum += text.split(' ').next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(sum)
}

/// Nanoseconds that the first thread of a process has run: of a server, the one that decides.
pub(crate) fn first_ran_ns(pid: u32) -> Result<u64, LoadError> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat"));
    let text = text.map_err(|error| LoadError::System("reading /proc", error))?;
    Ok(text.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0))
}
