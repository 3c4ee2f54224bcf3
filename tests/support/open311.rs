//! A city's Open311 system, as `GeoReport` v2 specifies it and as it may be when it fails.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// A city's system: the path of each request asked for, and what is held back for ever.
#[derive(Clone, Default)]
pub struct City {
    asked: Arc<Mutex<Vec<String>>>,
    held: Arc<Mutex<Vec<TcpStream>>>,
}

/// The example of `GeoReport` v2's `GET Service Request`, with this number, agency and note.
fn specified(id: &str, agency: &str, note: &str) -> String {
    json!([{
        "service_request_id": id, "status": "open", "status_notes": note,
        "service_name": "Sidewalk and Curb Issues", "service_code": "006",
        "description": Value::Null, "agency_responsible": agency, "service_notice": Value::Null,
        "requested_datetime": "2010-04-14T06:37:38-08:00",
        "updated_datetime": "2010-04-14T06:37:38-08:00",
        "expected_datetime": "2010-04-15T06:37:38-08:00", "address": "8TH AVE and JUDAH ST",
        "address_id": "545483", "zipcode": "94122", "lat": "37.762221815",
        "long": "-122.4651145", "media_url": Value::Null,
    }])
    .to_string()
}

impl City {
    /// Answers by the number asked for, at the address returned.
    pub fn open(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let city = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let city = city.clone();
                std::thread::spawn(move || city.answer(stream));
            }
        });
        address
    }

    fn answer(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().expect("a socket")).lines();
        while let Some(Ok(line)) = lines.next() {
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            self.asked.lock().expect("nobody panics").push(path.clone());
            let id = path.split(['/', '?']).find_map(|part| part.strip_suffix(".json"));
            let id = id.unwrap_or_default();
            let (status, body) = match id {
                "SLOW" => return self.held.lock().expect("nobody panics").push(stream),
                "GONE" => ("404 Not Found", r#"[{"code":404,"description":"none"}]"#.to_owned()),
                "HTML" => ("200 OK", "<html><script>alert(1)</script></html>".to_owned()),
                "OTHER" => ("200 OK", specified("SR-1", "Water Department", "")),
                "HUGE" => ("200 OK", specified("HUGE", "", &"x".repeat(1_000_000))),
                "MOVED" => ("302 Found\r\nLocation: http://127.0.0.1:1/", String::new()),
                "EVIL" => ("200 OK", specified("EVIL", "", "\u{1b}]0;owned\u{7}<b>\r\nx")),
                "FAR" => ("200 OK", specified("FAR", "Elsewhere", "")),
                id => ("200 OK", specified(id, "Water Department", "Crew sent.")),
            };
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
            if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
                return;
            }
        }
    }

    /// The paths asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panics").clone()
    }
}
