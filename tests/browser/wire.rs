//! A wire between a browser and the door that can be cut, and mended.

use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Passes connections on while it is whole.
pub(crate) struct Wire {
    /// Where it listens.
    pub(crate) address: String,
    whole: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    /// To that address.
    pub(crate) fn to(http: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (whole, open) = (Arc::new(AtomicBool::new(true)), Arc::default());
        let wire = Self { address, whole: Arc::clone(&whole), open: Arc::clone(&open) };
        let http = http.to_owned();
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let Some(far) = TcpStream::connect(&http).ok() else { return };
                let mut open = open.lock().expect("nobody panics here");
                // Asked with the lock held: a cut closes what is here, and nothing comes after it.
                if !whole.load(Ordering::SeqCst) {
                    continue;
                }
                pass(&near, &far);
                open.extend([near, far]);
            }
        });
        wire
    }

    /// Whatever is open breaks, and nothing new comes through.
    pub(crate) fn cut(&self) {
        let mut open = self.open.lock().expect("nobody panics here");
        self.whole.store(false, Ordering::SeqCst);
        for stream in open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// It is whole again.
    pub(crate) fn mend(&self) {
        self.whole.store(true, Ordering::SeqCst);
    }
}

/// Both ways, on threads that end with the connection.
fn pass(near: &TcpStream, far: &TcpStream) {
    for (from, to) in [(near, far), (far, near)] {
        let (mut from, mut to) =
            (from.try_clone().expect("a handle"), to.try_clone().expect("one"));
        std::thread::spawn(move || {
            let _ = copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
}
