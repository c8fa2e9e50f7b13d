//! The proxy itself: a fault that it does not make would prove nothing.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::harness::{
    proxy::{Proxy, Upstream},
    redis::Redis,
    redis_noise::{Noise, NoisyRedis},
};

/// Starts a proxy to a peer that says everything back.
async fn echo() -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _from) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                tokio::io::copy(&mut read, &mut write).await
            });
        }
    });
    Proxy::start(Upstream::Tcp(address)).await
}

/// Says a word and returns what comes back within a time; empty if the line is dead.
async fn say(stream: &mut TcpStream, word: &str, within: Duration) -> Option<String> {
    if stream.write_all(word.as_bytes()).await.is_err() {
        return Some(String::new());
    }
    let mut answer = [0; 100];
    let read = tokio::time::timeout(within, stream.read(&mut answer)).await.ok()?;
    Some(String::from_utf8_lossy(&answer[..read.unwrap_or(0)]).into_owned())
}

#[tokio::test]
async fn it_forwards_refuses_cuts_stalls_delays_and_slows() {
    const SOON: Duration = Duration::from_millis(150);
    const LATE: Duration = Duration::from_secs(20);
    let proxy = echo().await;
    let connect = async || TcpStream::connect(proxy.address()).await.unwrap();
    let mut line = connect().await;
    assert_eq!(say(&mut line, "a", LATE).await.unwrap(), "a");

    proxy.stall();
    assert_eq!(say(&mut line, "b", SOON).await, None, "nothing goes through");
    proxy.heal();
    let mut late = [0; 1];
    line.read_exact(&mut late).await.unwrap();
    assert_eq!(&late, b"b", "what was sent meanwhile arrives");

    proxy.cut();
    let mut end = [0; 1];
    assert_eq!(line.read(&mut end).await.unwrap_or(0), 0, "cut");
    let mut line = connect().await;
    assert_eq!(say(&mut line, "c", LATE).await.unwrap(), "c", "a new connection is fine");

    proxy.refuse();
    assert_eq!(line.read(&mut end).await.unwrap_or(0), 0, "refusing cuts, too");
    assert_eq!(say(&mut connect().await, "d", LATE).await.unwrap(), "");
    proxy.heal();

    let mut line = connect().await;
    let start = Instant::now();
    proxy.delay(Duration::from_millis(100));
    assert_eq!(say(&mut line, "e", LATE).await.unwrap(), "e");
    assert!(start.elapsed() >= Duration::from_millis(200), "100 ms in each direction");
    proxy.heal();
    proxy.slow(50);
    let start = Instant::now();
    assert_eq!(say(&mut line, "1234567890", LATE).await.unwrap(), "1234567890");
    assert!(start.elapsed() >= Duration::from_millis(400), "10 bytes at 50 a second, twice");
    assert!(proxy.connections() >= 3);
}

/// Returns what a subscriber hears of so many published numbers, until the last mark.
async fn heard(inwards: Noise, outwards: Noise, count: usize) -> (Vec<usize>, [usize; 3]) {
    let redis = Redis::start().await;
    let publishing = NoisyRedis::start(redis.address(), 7).await;
    let subscribing = NoisyRedis::start(redis.address(), 8).await;
    let mut subscriber = TcpStream::connect(subscribing.proxy.address()).await.unwrap();
    subscriber.write_all(b"SUBSCRIBE s\r\n").await.unwrap();
    let mut bytes = vec![0; 4096];
    let _confirmed = subscriber.read(&mut bytes).await.unwrap();
    publishing.set(inwards);
    subscribing.set(outwards);
    let mut publisher = TcpStream::connect(publishing.proxy.address()).await.unwrap();
    publisher.set_nodelay(true).unwrap();
    let mut answers = String::new();
    for number in 0..count {
        let number = number.to_string();
        let length = number.len();
        let command = format!("*3\r\n$7\r\nPUBLISH\r\n$1\r\ns\r\n${length}\r\n{number}\r\n");
        // In two pieces: a message is whole for the filter, however it comes.
        let (one, two) = command.as_bytes().split_at(11);
        publisher.write_all(one).await.unwrap();
        publisher.flush().await.unwrap();
        publisher.write_all(two).await.unwrap();
        let mut answer = [0; 16];
        let read = publisher.read(&mut answer).await.unwrap();
        answers.push_str(&String::from_utf8_lossy(&answer[..read]));
    }
    assert_eq!(answers.matches("\r\n").count(), count, "every command is answered once");
    publishing.set(Noise::default());
    subscribing.set(Noise::default());
    publisher.write_all(b"*3\r\n$7\r\nPUBLISH\r\n$1\r\ns\r\n$3\r\nend\r\n").await.unwrap();
    let mut told = String::new();
    while !told.contains("\r\nend\r\n") {
        let read = subscriber.read(&mut bytes).await.unwrap();
        told.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    let numbers = told.split("\r\n").filter_map(|line| line.parse().ok()).collect();
    let fates = if inwards.lost + inwards.doubled + inwards.reordered > 0 {
        publishing.fates().bad()
    } else {
        subscribing.fates().bad()
    };
    (numbers, fates)
}

#[tokio::test]
async fn between_redis_and_a_node_messages_are_lost_doubled_and_reordered() {
    const COUNT: usize = 1_000;
    let bad = Noise { lost: 50, doubled: 50, reordered: 50 };
    let good = Noise::default();
    let (numbers, _) = heard(good, good, COUNT).await;
    assert_eq!(numbers, (0..COUNT).collect::<Vec<_>>(), "a quiet one changes nothing");
    for (inwards, outwards) in [(bad, good), (good, bad)] {
        let (numbers, [lost, doubled, reordered]) = heard(inwards, outwards, COUNT).await;
        assert!(lost > 20 && doubled > 20 && reordered > 20, "{lost} {doubled} {reordered}");
        let mut distinct = numbers.clone();
        distinct.sort_unstable();
        distinct.dedup();
        // The last held one may not have been followed by another.
        assert!((COUNT - lost - 1..=COUNT - lost).contains(&distinct.len()), "{lost} were lost");
        assert!(numbers.len() > distinct.len(), "some came twice");
        assert!(!numbers.is_sorted(), "some came late");
    }
}
