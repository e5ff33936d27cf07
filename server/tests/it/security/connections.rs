//! Connections that do not behave.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{LIMIT, assert_nothing_leaks, send};
use crate::harness::{BINARY, TestApp, command, read_answer, shared, status_of};

/// Waits until the server closes, writing `drip` once a second.
fn closed_after(app: &TestApp, first: &str, drip: &str) -> (Duration, Vec<u8>) {
    let mut stream = TcpStream::connect(&app.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    let (began, mut answer, mut buffer) = (Instant::now(), Vec::new(), [0; 4096]);
    while began.elapsed() < Duration::from_secs(45) {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(_) => {
                if stream.write_all(drip.as_bytes()).is_err() {
                    break;
                }
            }
        }
    }
    (began.elapsed(), answer)
}

#[tokio::test]
async fn slow_silent_and_idle_connections_are_closed() {
    let app = shared().await;
    let cases = [
        ("silent", "", ""),
        ("dripping headers", "GET / HTTP/1.1\r\nHost: localhost\r\nX: ", "a"),
        ("kept open", "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", ""),
    ];
    let waits = cases.map(|(name, first, drip)| {
        tokio::task::spawn_blocking(move || (name, closed_after(app, first, drip).0))
    });
    for wait in waits {
        let (name, took) = wait.await.unwrap();
        assert!(took > Duration::from_secs(5) && took < Duration::from_secs(16), "{name}: {took:?}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let app = shared().await;
    let head = "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
    let waiting = tokio::task::spawn_blocking(move || closed_after(app, head, " "));
    let (took, answer) = waiting.await.unwrap();
    assert_eq!(status_of(&answer), 408, "{}", String::from_utf8_lossy(&answer));
    assert!(took > Duration::from_secs(25) && took < Duration::from_secs(44), "{took:?}");
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    let app = shared().await;
    for (request, allowed) in [
        (&b"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n"[..], &[400][..]),
        (b"GET /health HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n", &[400]),
        (
            b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            &[400],
        ),
        (b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400]),
        (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", &[400, 505]),
        (b"nonsense\r\n\r\n", &[400]),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[400, 405, 505, 0]),
        (b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", &[405]),
        (b"FLY / HTTP/1.1\r\nHost: localhost\r\n\r\n", &[405]),
        (b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n", &[400, 405]),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", &[400, 404, 405]),
    ] {
        let answer = app.raw(request, LIMIT);
        let shown = String::from_utf8_lossy(request);
        assert!(allowed.contains(&status_of(&answer)), "{shown:?}: {}", String::from_utf8_lossy(&answer));
        assert_nothing_leaks(&shown, &answer);
    }
    let many = "X-Many: y\r\n".repeat(110);
    let request = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    assert_eq!(status_of(&app.raw(request.as_bytes(), LIMIT)), 431);
    let large = format!("X: {}", "y".repeat(60_000));
    assert_eq!(send(app, &["GET /health HTTP/1.1", "Host: localhost", &large], "").0, 431);
}

#[tokio::test]
async fn a_thousand_requests_in_one_piece_do_no_harm() {
    let app = shared().await;
    let mut stream = TcpStream::connect(&app.address).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    let requests = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000);
    // Never read; the server may stop taking more.
    let _ = stream.write_all(&requests);
    assert_eq!(send(app, &["GET /health HTTP/1.1", "Host: localhost"], "").0, 200);
}

/// With few file descriptors, so that a small flood fills the server.
#[test]
fn a_flood_of_silent_connections_does_not_lock_others_out() {
    let folder = TempDir::new().unwrap();
    let mut command = command("sh", folder.path());
    command
        .args(["-c", "ulimit -n 200; exec \"$0\" serve --listen 127.0.0.1:0", BINARY])
        .stdin(Stdio::null());
    let app = TestApp::spawn(command, folder.path(), 1);
    let mut kept = TcpStream::connect(&app.address).unwrap();
    let request = format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", app.address);
    let flood: Vec<_> = (0..400).map(|_| TcpStream::connect(&app.address)).collect();
    for _ in 0..20 {
        let began = Instant::now();
        assert_eq!(status_of(&app.raw(request.as_bytes(), LIMIT)), 200, "{}", app.log());
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    // One that was among the flooded may have been closed; a new one is what clients then open.
    let _ = kept.write_all(request.as_bytes());
    let _ = read_answer(&mut kept);
    assert!(!app.log().contains("cannot accept"), "{}", app.log());
    drop(flood);
}
