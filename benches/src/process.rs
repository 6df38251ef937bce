//! What the system knows of another process (`proc(5)`).

use std::time::Duration;

/// The processor time that a process has used so far, in user and kernel mode, by all its threads; none if it is gone.
///
/// The system tells it in ticks of 10 ms.
pub(crate) fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let ticks = ticks(&stat)?;
    let per_second = rustix::param::clock_ticks_per_second();
    Some(Duration::from_secs(ticks) / u32::try_from(per_second).ok()?)
}

/// The memory that a process holds now (`VmRSS`), in bytes; none if it is gone.
pub(crate) fn resident_bytes(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Fields 14 and 15, `utime` and `stime`. The second field, the command's name, may hold blanks and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, from_the_third) = stat.rsplit_once(") ")?;
    let mut fields = from_the_third.split(' ').skip(11);
    let (user, kernel): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + kernel)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{cpu_time, resident_bytes, ticks};

    #[test]
    fn memory_that_was_written_to_is_resident() {
        let before = resident_bytes(std::process::id()).unwrap();
        let held = vec![7_u8; 64 << 20];
        let after = resident_bytes(std::process::id()).unwrap();
        // Other tests of this process may let go of some meanwhile.
        assert!(after > before + (32 << 20), "{before} {after}");
        assert_eq!((held[5], resident_bytes(u32::MAX)), (7, None));
    }

    #[test]
    fn both_modes_count_and_a_name_with_brackets_does_not_shift_the_fields() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 90 0 0 0 120 35 9000 9000 20 0 4 0 100 1 1";
        assert_eq!(ticks(stat), Some(155));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn a_process_that_worked_has_used_time() {
        let used = || cpu_time(std::process::id()).unwrap();
        let before = used();
        let mut text = String::new();
        while used() < before + Duration::from_millis(20) {
            text = format!("{}", text.len());
        }
        assert!(used() > before);
        assert_eq!(cpu_time(u32::MAX), None);
    }
}
