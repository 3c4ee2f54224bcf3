//! Where the server is when nobody says, and the token from its file.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

pub use acd_proto::address::{Address, AddressError};

/// The longest token file that is read.
const TOKEN_FILE_BYTES_MAX: u64 = 4096;

/// Where a client connects when it is told nothing: `$ACD_SOCKET` (a path or an [`Address`]),
/// then [`default_socket`].
pub fn default_address() -> io::Result<Address> {
    match std::env::var_os("ACD_SOCKET").filter(|value| !value.is_empty()) {
        Some(value) => match value.to_str().and_then(|text| text.parse().ok()) {
            Some(address) => Ok(address),
            None => Ok(Address::Unix(value.into())),
        },
        None => default_socket().map(Address::Unix),
    }
}

/// Where a server listens, and a client connects, when it is told nothing:
/// `$XDG_RUNTIME_DIR/acd.sock`, or `/tmp/acd-UID/acd.sock` where that variable is not set.
///
/// The directory below `/tmp` is made with mode 0700; an error if somebody else made it first.
pub fn default_socket() -> io::Result<PathBuf> {
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|value| !value.is_empty()) {
        Some(directory) => Ok(PathBuf::from(directory).join("acd.sock")),
        None => private_directory(Path::new("/tmp")).map(|directory| directory.join("acd.sock")),
    }
}

/// The directory `acd-UID` below `parent`, which only this user may enter.
fn private_directory(parent: &Path) -> io::Result<PathBuf> {
    let user = nix::unistd::geteuid().as_raw();
    let directory = parent.join(format!("acd-{user}"));
    match DirBuilder::new().mode(0o700).create(&directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // Not followed: a link that another user planted is no directory of ours.
    let found = fs::symlink_metadata(&directory)?;
    if !found.is_dir() || found.uid() != user || found.mode() & 0o077 != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "{} is not a directory that only user {user} may enter; set XDG_RUNTIME_DIR, or \
                 name an address",
                directory.display()
            ),
        ));
    }
    Ok(directory)
}

/// The token in a file that only its owner may read.
pub fn read_token(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.mode() & 0o077 != 0 {
        let path = path.display();
        let mode = metadata.mode() & 0o7777;
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("mode {mode:04o} lets others than its owner in; run `chmod 600 {path}`"),
        ));
    }
    let mut text = String::new();
    file.take(TOKEN_FILE_BYTES_MAX).read_to_string(&mut text)?;
    match text.trim() {
        "" => Err(io::Error::new(io::ErrorKind::InvalidData, "holds no token")),
        token => Ok(token.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process;

    use super::*;

    /// An empty directory of the named test's own.
    fn scratch(test: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("acd-address-{}-{test}", process::id()));
        fs::create_dir(&path).unwrap();
        path
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_directory_is_private_or_refused() {
        let scratch = scratch("directory");
        let directory = private_directory(&scratch).unwrap();
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
        assert_eq!(private_directory(&scratch).unwrap(), directory, "made once, found again");
        set_mode(&directory, 0o755);
        let error = private_directory(&scratch).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        fs::remove_dir(&directory).unwrap();
        let elsewhere = scratch.join("elsewhere");
        DirBuilder::new().mode(0o700).create(&elsewhere).unwrap();
        symlink(&elsewhere, &directory).unwrap();
        let error = private_directory(&scratch).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        fs::remove_dir_all(&scratch).unwrap();
    }

    #[test]
    fn a_token_is_read_from_a_file_that_only_its_owner_reads() {
        let scratch = scratch("token");
        let file = scratch.join("token");
        fs::write(&file, "acd_1_2\n").unwrap();
        set_mode(&file, 0o600);
        assert_eq!(read_token(&file).unwrap(), "acd_1_2");
        set_mode(&file, 0o640);
        let error = read_token(&file).unwrap_err().to_string();
        assert!(error.starts_with("mode 0640 lets others than its owner in"), "{error}");
        fs::write(&file, "\n").unwrap();
        set_mode(&file, 0o600);
        assert_eq!(read_token(&file).unwrap_err().to_string(), "holds no token");
        fs::remove_dir_all(&scratch).unwrap();
    }
}
