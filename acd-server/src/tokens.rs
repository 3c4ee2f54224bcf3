//! Tokens: how a client proves over TCP who it is. The file keeps hashes only.
//!
//! A token is `acd_ID_SECRET`: `ID` (8 hexadecimal digits) finds its entry, `SECRET` (64 digits)
//! holds 256 random bits. That is far beyond guessing, so the hash need not be slow to resist
//! it: Argon2id runs with 256 KiB and one pass, which keeps a flood of wrong tokens cheap to
//! refuse.

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use acd_proto::Role;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};

use crate::config::Name;

/// The tokens of one file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    #[serde(default)]
    tokens: Vec<Entry>,
}

/// A token as the file keeps it, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What tells it from others; part of the token.
    pub id: String,
    /// What its bearer may be.
    pub role: Role,
    /// Who its bearer is.
    pub name: String,
    hash: String,
}

/// Why a file of tokens cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than its owner may read or write it.
    #[error("{path}: mode {mode:04o} lets others than its owner in; run `chmod 600 {path}`")]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It belongs to somebody else.
    #[error("{path}: belongs to user {owner}, expected {user} or root")]
    Owner {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who reads it.
        user: u32,
    },
    /// It is no file of tokens.
    #[error("{path}: {message}")]
    Content {
        /// The file.
        path: PathBuf,
        /// Where, and what was expected.
        message: String,
    },
    /// No token has this identification or name.
    #[error("{path}: no token has the id or name `{found}`")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        found: String,
    },
    /// The bearer's name is none.
    #[error("name `{name}`: {message}")]
    Name {
        /// The name.
        name: String,
        /// What was expected.
        message: String,
    },
    /// Neither `$XDG_CONFIG_HOME` nor `$HOME` says where files belong.
    #[error("neither $XDG_CONFIG_HOME nor $HOME is set: name the file with `--file`")]
    NoHome,
}

/// Bytes of a token's secret and identification, before they are written as digits.
const SECRET_BYTES: usize = 32;
const ID_BYTES: usize = 4;
/// The largest file of tokens that is read.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// The longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 128;

/// Where tokens are kept when nothing names a file: `$XDG_CONFIG_HOME/acd/tokens.toml`, or that
/// below `$HOME/.config`.
pub fn default_file() -> Result<PathBuf, TokenError> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    Ok(home.ok_or(TokenError::NoHome)?.join("acd/tokens.toml"))
}

/// Makes a token, keeps its hash in the file at `path`, and returns it: the only time that
/// anybody sees it.
pub fn create(path: &Path, role: Role, name: &str) -> Result<String, TokenError> {
    if let Err(message) = name.parse::<Name>() {
        return Err(TokenError::Name { name: name.into(), message });
    }
    let io = |source| TokenError::Io { path: path.into(), source };
    let parent = parent(path);
    DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(io)?;
    let _lock = lock(parent).map_err(io)?;
    let mut tokens = if path.exists() { Tokens::load(path)? } else { Tokens::default() };
    let mut id = random_digits::<ID_BYTES>().map_err(io)?;
    while tokens.tokens.iter().any(|entry| entry.id == id) {
        id = random_digits::<ID_BYTES>().map_err(io)?;
    }
    let secret = random_digits::<SECRET_BYTES>().map_err(io)?;
    let entry = Entry { hash: hash(&secret), id, role, name: name.into() };
    let token = format!("acd_{}_{secret}", entry.id);
    tokens.tokens.push(entry);
    tokens.store(path).map_err(io)?;
    Ok(token)
}

/// Takes away the tokens of that id or name, and returns what they were.
pub fn revoke(path: &Path, id_or_name: &str) -> Result<Vec<Entry>, TokenError> {
    let io = |source| TokenError::Io { path: path.into(), source };
    let _lock = lock(parent(path)).map_err(io)?;
    let mut tokens = Tokens::load(path)?;
    let revoked: Vec<Entry> = tokens
        .tokens
        .extract_if(.., |entry| entry.id == id_or_name || entry.name == id_or_name)
        .collect();
    if revoked.is_empty() {
        return Err(TokenError::Unknown { path: path.into(), found: id_or_name.into() });
    }
    tokens.store(path).map_err(io)?;
    Ok(revoked)
}

impl Tokens {
    /// Reads a file that only its owner may touch; the owner is this user or root.
    pub fn load(path: &Path) -> Result<Self, TokenError> {
        let io = |source| TokenError::Io { path: path.into(), source };
        let content = |message: String| TokenError::Content { path: path.into(), message };
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        let user = geteuid().as_raw();
        if !metadata.is_file() {
            return Err(content("expected a regular file".into()));
        }
        if metadata.mode() & 0o077 != 0 {
            return Err(TokenError::Mode { path: path.into(), mode: metadata.mode() & 0o7777 });
        }
        if metadata.uid() != user && metadata.uid() != 0 {
            return Err(TokenError::Owner { path: path.into(), owner: metadata.uid(), user });
        }
        let mut text = String::new();
        file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(io)?;
        let tokens: Self =
            toml::from_str(&text).map_err(|error| content(error.to_string().trim().into()))?;
        match tokens.tokens.iter().find(|entry| PasswordHash::new(&entry.hash).is_err()) {
            Some(entry) => Err(content(format!("the hash of token {} is none", entry.id))),
            None => Ok(tokens),
        }
    }

    /// Every token, in order of making.
    pub fn list(&self) -> &[Entry] {
        &self.tokens
    }

    /// Whose token this is. A wrong secret takes as long as a right one, and an unknown id as
    /// long as a known one.
    pub fn verify(&self, token: &str) -> Option<&Entry> {
        static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody"));
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let (id, secret) = token.strip_prefix("acd_")?.split_once('_')?;
        let entry = self.tokens.iter().find(|entry| entry.id == id);
        let hash = entry.map_or(NOBODY.as_str(), |entry| entry.hash.as_str());
        let hash = PasswordHash::new(hash).ok()?;
        let right = argon2().verify_password(secret.as_bytes(), &hash).is_ok();
        entry.filter(|_| right)
    }

    /// Writes the file whole: after a crash it is the old one or the new one.
    fn store(&self, path: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".new");
        // A file left by a crash may have any mode; the new one must not inherit it.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(b"# Hashes of tokens. Written by `acd token`; mode 0600.\n\n")?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(parent(path))?.sync_all()
    }
}

/// Keeps others that change tokens in this directory out for as long as it lives.
fn lock(directory: &Path) -> io::Result<File> {
    let directory = File::open(directory)?;
    directory.lock()?;
    Ok(directory)
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn random_digits<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}")))
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(256, 1, 1, None).expect("256 KiB and one pass are within bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(secret: &str) -> String {
    let hash = argon2().hash_password(secret.as_bytes());
    hash.expect("a secret of 64 letters is within Argon2's bounds").to_string()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::process;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A directory of one test's own, gone when it ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new() -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = env::temp_dir().join(format!("acd-tokens-{}-{number}", process::id()));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("conf/tokens.toml")
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_token_proves_role_and_name_and_is_nowhere_in_the_file() {
        let scratch = Scratch::new();
        let file = scratch.file();
        let token = create(&file, Role::Frontend, "asterisk-1").unwrap();
        let other = create(&file, Role::Admin, "maria").unwrap();
        let tokens = Tokens::load(&file).unwrap();
        let bearer = tokens.verify(&token).unwrap();
        assert_eq!((bearer.role, bearer.name.as_str()), (Role::Frontend, "asterisk-1"));
        assert_eq!(tokens.verify(&other).unwrap().role, Role::Admin);
        assert_eq!(tokens.list().len(), 2);
        let text = fs::read_to_string(&file).unwrap();
        let secret = token.rsplit('_').next().unwrap();
        assert!(secret.len() == 64 && !text.contains(secret), "{text}");
        assert!(text.contains("$argon2id$"), "{text}");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn no_other_token_proves_anything() {
        let scratch = Scratch::new();
        let token = create(&scratch.file(), Role::Agent, "4471").unwrap();
        let tokens = Tokens::load(&scratch.file()).unwrap();
        let last = if token.ends_with('0') { "1" } else { "0" };
        let near = format!("{}{last}", &token[..token.len() - 1]);
        let unknown_id = format!("acd_zzzzzzzz_{}", "0".repeat(64));
        let long = "acd_".to_owned() + &"0".repeat(1 << 20);
        for wrong in ["", "acd_", "acd__", "x", &near, &token[..20], &unknown_id, &long, "acd_é_é"]
        {
            assert!(tokens.verify(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_revoked_token_is_gone() {
        let scratch = Scratch::new();
        let file = scratch.file();
        let token = create(&file, Role::Monitor, "wall").unwrap();
        create(&file, Role::Monitor, "wall").unwrap();
        let kept = create(&file, Role::Admin, "maria").unwrap();
        assert_eq!(revoke(&file, "wall").unwrap().len(), 2);
        let tokens = Tokens::load(&file).unwrap();
        assert!(tokens.verify(&token).is_none());
        assert!(tokens.verify(&kept).is_some());
        let error = revoke(&file, "wall").unwrap_err().to_string();
        assert!(error.ends_with("no token has the id or name `wall`"), "{error}");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let scratch = Scratch::new();
        let file = scratch.file();
        let _token = create(&file, Role::Agent, "4471").unwrap();
        for mode in [0o640, 0o604, 0o660, 0o610] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let error = Tokens::load(&file).unwrap_err().to_string();
            assert!(error.contains(&format!("mode {mode:04o}")), "{error}");
            assert!(error.ends_with(&format!("run `chmod 600 {}`", file.display())), "{error}");
        }
    }

    #[test]
    fn what_is_no_file_of_tokens_is_refused_with_the_reason() {
        let scratch = Scratch::new();
        let file = scratch.0.join("tokens.toml");
        let entry = "[[tokens]]\nid = \"1\"\nname = \"x\"\n";
        for (text, expected) in [
            ("x = 1", "unknown field `x`"),
            (&format!("{entry}role = \"king\"\nhash = \"\""), "unknown variant `king`"),
            (&format!("{entry}role = \"agent\"\nhash = \"x\""), "the hash of token 1 is none"),
        ] {
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            let error = Tokens::load(&file).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let error = Tokens::load(&scratch.0).unwrap_err().to_string();
        assert!(error.contains("expected a regular file"), "{error}");
        let error = Tokens::load(&scratch.0.join("none")).unwrap_err().to_string();
        assert!(error.contains("No such file"), "{error}");
        let error = create(&file, Role::Agent, "a b").unwrap_err().to_string();
        assert!(error.starts_with("name `a b`: ' ' in a name"), "{error}");
    }

    #[test]
    fn tokens_made_at_the_same_time_are_all_kept() {
        let scratch = Scratch::new();
        let file = scratch.file();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let file = &file;
                scope.spawn(move || create(file, Role::Agent, &format!("a{number}")).unwrap());
            }
        });
        assert_eq!(Tokens::load(&file).unwrap().list().len(), 8);
    }
}
