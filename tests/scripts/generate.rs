//! Makes scripts: operations of one or two themes in random order, those that make something first.

use wasi_shim::Generation;

use crate::support::seeds::Random;

/// Operations that belong together: each so often as it is named.
type Theme = &'static str;

const FILES: Theme = "open open open open write write write read read stat stat-at set-size sync sync-data advise \
    get-flags get-type set-times set-times-at mkdir mkdir rmdir unlink rename rename link symlink symlink readlink list \
    is-same hash hash-at close";

const STREAMS_02: Theme = "open open read-via read-via write-via write-via append-via stdin stderr in-read in-read \
    in-blocking-read in-skip in-blocking-skip in-subscribe splice blocking-splice out-write out-write out-zeroes \
    out-begin out-bwf out-bwzf out-flush out-subscribe in-drop out-drop pollable-drop block poll read stat timer instant";

const STREAMS_03: Theme = "open open read-via read-via write-via write-via append-via append stdin stderr stderr-pass \
    write-pass pair reader-read reader-read reader-read reader-drop writer-write writer-write writer-drop writer-drop \
    end end end-drop own-future read stat";

const CLOCKS_02: Theme = "timer instant now clocks random environment terminals block poll pollable-drop";

const CLOCKS_03: Theme = "wait-for wait-until waits now clocks random environment terminals";

const TCP_02: Theme = "tcp-new tcp-new tcp-start-bind tcp-start-bind tcp-finish-bind tcp-finish-bind tcp-start-listen \
    tcp-start-listen tcp-finish-listen tcp-finish-listen tcp-start-connect tcp-start-connect-to tcp-start-connect-to \
    tcp-start-connect-to tcp-finish-connect tcp-finish-connect tcp-finish-connect tcp-accept tcp-accept tcp-accept \
    tcp-shutdown tcp-addresses tcp-state tcp-options tcp-set-backlog tcp-set-keep-alive tcp-set-idle tcp-set-interval \
    tcp-set-count tcp-set-hops tcp-set-receive-buffer tcp-set-send-buffer tcp-subscribe tcp-drop resolve in-read \
    in-read in-blocking-read out-write out-begin in-drop out-drop in-subscribe out-subscribe splice block poll \
    pollable-drop";

const TCP_03: Theme = "tcp-new tcp-new tcp-bind tcp-bind tcp-listen tcp-listen tcp-connect tcp-connect-to \
    tcp-connect-to tcp-connect-to tcp-accept tcp-accept tcp-accept tcp-accepted-drop tcp-send tcp-send tcp-send-pass \
    tcp-receive tcp-receive tcp-addresses tcp-state tcp-options tcp-set-backlog tcp-set-keep-alive tcp-set-idle \
    tcp-set-interval tcp-set-count tcp-set-hops tcp-set-receive-buffer tcp-set-send-buffer tcp-drop resolve \
    reader-read reader-read reader-drop writer-write writer-write writer-drop end end end-drop";

const UDP_02: Theme = "udp-new udp-new udp-start-bind udp-start-bind udp-finish-bind udp-finish-bind udp-stream \
    udp-stream udp-stream-to udp-send udp-send udp-send udp-receive udp-receive udp-addresses udp-options udp-set-hops \
    udp-set-receive-buffer udp-set-send-buffer udp-drop";

const UDP_03: Theme = "udp-new udp-new udp-bind udp-bind udp-connect udp-connect-to udp-disconnect udp-send udp-send \
    udp-send udp-receive udp-receive udp-addresses udp-options udp-set-hops udp-set-receive-buffer udp-set-send-buffer \
    udp-drop";

const FIELDS: Theme = "fields-new fields-from-list fields-clone fields-get fields-has fields-set fields-set \
    fields-set-none fields-append fields-append fields-delete fields-entries fields-drop";

const HTTP_02: Theme = "fields-new fields-new fields-from-list fields-append request-new request-new request-new \
    request-set request-see request-body request-body body-write body-write body-finish body-finish body-drop \
    out-write out-write out-begin out-drop out-drop options-new options-set options-see send send answer answer answer \
    pending-subscribe pending-drop consume consume answer-drop contents-stream contents-stream contents-finish \
    trailers trailers in-read in-read in-drop response-new response-set response-body response-drop block poll";

const HTTP_03: Theme = "fields-new fields-new fields-from-list fields-append request-new request-new request-new \
    request-set request-see request-consume request-drop trailers-write trailers-drop options-new options-set \
    options-see send send answer answer answer sent pending-drop response-new response-set consume consume consume response-consume response-drop answer-drop \
    reader-read reader-read reader-drop writer-write writer-write writer-drop end end end-drop";

/// The script of number `seed`.
pub fn script(generation: Generation, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed);
    let themes = match generation {
        Generation::Wasi02 => [FILES, STREAMS_02, CLOCKS_02, TCP_02, UDP_02, FIELDS, HTTP_02, HTTP_02],
        Generation::Wasi03 => [FILES, STREAMS_03, CLOCKS_03, TCP_03, UDP_03, FIELDS, HTTP_03, HTTP_03],
    };
    let mut names: Vec<&str> = Vec::new();
    for _ in 0..=random.below(4) / 3 {
        names.extend(random.pick(&themes).split_whitespace());
    }
    let count = 5 + random.below(60);
    let mut script: Vec<String> = (0..count)
        .map(|_| {
            let mut line = random.pick(&names).to_string();
            for _ in 0..5 {
                // Small numbers are the usual values.
                let number = if random.below(3) == 0 { random.below(64) } else { random.below(4) };
                line += &format!(" {number}");
            }
            line
        })
        .collect();
    if random.below(8) == 0 {
        script.push(format!("exit {}", random.below(2)));
    }
    script
}
