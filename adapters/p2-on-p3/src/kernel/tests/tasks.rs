//! Operations, tokens, and tasks that wait for them.

use super::*;

#[test]
fn an_operation_that_is_complete_at_once_has_no_token() {
    let clean = begin();
    assert_eq!(op::begin(Body::Done(7)), 0);
    assert!(matches!(op::take(0).body, Body::Done(7)));
    assert_eq!(op::done(9, bytes(b"abc")), 0);
    assert!(matches!(op::get(0).body, Body::Done(9)));
    assert_eq!(contents(op::take(0).bytes.take()), b"abc");
    assert_eq!(op::begin_bytes(Body::Done(1), bytes(b"de")), 0);
    assert_eq!(contents(op::take(0).bytes.take()), b"de");
    // The next one does not have them.
    op::begin(Body::Done(2));
    assert_eq!(op::take(0).bytes.get().len, 0);
    clean.end();
}

#[test]
fn an_operation_stays_until_it_is_taken() {
    let clean = begin();
    let (source, input, _) = source(StreamKind::Stdio);
    let token = op::begin(Body::Read(source, 4));
    assert_ne!(token, 0);
    assert_eq!(op::begin(Body::Done(7)), 0);
    let mut tasks = Tasks::new();
    let task = tasks.wait(token);
    tasks.go_on();
    assert!(tasks.is_waiting(task));
    canon::feed(input, b"ab");
    tasks.go_on();
    assert!(!tasks.is_waiting(task));
    assert!(matches!(op::take(token).body, Body::Read(_, 4)));
    assert_eq!(contents(source.take(4)), b"ab");
    let_go_of_source(source);
    clean.end();
}

#[test]
fn an_operation_that_yields_is_complete_after_one_yield() {
    let clean = begin();
    let (sink, ..) = sink(StreamKind::Stdio);
    sink.write(bytes(b"a"));
    // Without a yield it is complete, fruitless.
    assert_eq!(op::begin(Body::Check(sink)), 0);
    let token = op::begin_with(Body::Check(sink), true);
    assert!(op::get(token).must_yield());
    let mut tasks = Tasks::new();
    let task = tasks.wait(token);
    assert_eq!(tasks.tasks[0].2, YIELD);
    assert!(tasks.step());
    assert!(!tasks.is_waiting(task) && sink.in_flight());
    op::take(token);
    // The event of the write comes to nobody.
    canon::take(canon::with(|host| host.consumed[0].0), 1);
    op::deliver_events();
    let_go(sink);
    clean.end();
}

#[test]
fn pending_events_are_left_to_the_task_that_leads() {
    let clean = begin();
    let (source, input, _) = source(StreamKind::Stdio);
    let token = op::begin(Body::Read(source, 4));
    let mut tasks = Tasks::new();
    tasks.wait(token);
    assert!(wait::has_leader());
    canon::feed(input, b"a");
    op::deliver_events();
    assert_eq!(of(input, |pipe| pipe.events), 0);
    tasks.go_on();
    assert_eq!(of(input, |pipe| pipe.events), 1);
    assert!(!wait::has_leader());
    op::take(token);
    let_go_of_source(source);
    clean.end();
}

/// Tasks that wait for a source each, in this order.
fn readers(tasks: &mut Tasks, count: usize) -> Vec<(Shared<Source>, usize, u32, u32)> {
    let reader = |_| {
        let (source, input, _) = source(StreamKind::Stdio);
        let token = op::begin(Body::Read(source, 4));
        (source, input, token, tasks.wait(token))
    };
    (0..count).map(reader).collect()
}

#[test]
fn the_leader_wakes_those_whose_operations_are_complete() {
    let clean = begin();
    let mut tasks = Tasks::new();
    let readers = readers(&mut tasks, 4);
    assert_eq!(tasks.waiting(), (4, 1));
    for (at, left) in [(2, 3), (1, 2), (3, 1), (0, 0)] {
        let (_, input, _, task) = readers[at];
        canon::feed(input, b"a");
        tasks.go_on();
        assert!(!tasks.is_waiting(task));
        assert_eq!(tasks.waiting(), (left, left.min(1)));
    }
    for (source, _, token, _) in readers {
        op::take(token);
        let_go_of_source(source);
    }
    clean.end();
}

#[test]
fn a_leader_that_ends_passes_the_lead_on() {
    let clean = begin();
    let mut tasks = Tasks::new();
    let readers = readers(&mut tasks, 3);
    for (_, input, _, task) in &readers {
        canon::feed(*input, b"a");
        tasks.go_on();
        assert!(!tasks.is_waiting(*task));
    }
    for (source, _, token, _) in readers {
        op::take(token);
        let_go_of_source(source);
    }
    clean.end();
}

#[test]
fn a_follower_goes_on_to_read_a_result_that_the_leader_gave_up() {
    let clean = begin();
    let (first, input, _) = source(StreamKind::Stdio);
    let (second, ended, future) = source(StreamKind::File);
    canon::leave(ended);
    let mut tasks = Tasks::new();
    let leading = op::begin(Body::Read(first, 1));
    tasks.wait(leading);
    let following = op::begin(Body::Read(second, 1));
    let follower = tasks.wait(following);
    tasks.go_on();
    assert!(of(future, Pipe::is_pending));
    canon::feed(input, b"a");
    tasks.go_on();
    canon::resolve(future, Err((5, "text")));
    tasks.go_on();
    assert!(!tasks.is_waiting(follower));
    assert_eq!(error(second.take_error()), Some((5, "text".into())));
    for (source, token) in [(first, leading), (second, following)] {
        op::take(token);
        let_go_of_source(source);
    }
    clean.end();
}

#[test]
fn random_tasks_all_come_to_their_end() {
    for seed in 0..400 {
        let mut random = Random(seed);
        let clean = begin();
        let what = format!("seed {seed}");
        let mut tasks = Tasks::new();
        // Source, its pipes, and the operation that reads it: token and task.
        let mut sources: Vec<_> = (0..1 + random.below(6))
            .map(|_| {
                let kind = [StreamKind::File, StreamKind::Stdio, StreamKind::Socket][random.below(3) as usize];
                (kind, source(kind), None::<(u32, u32)>)
            })
            .collect();
        let mut reported = Vec::new();
        let mut expected = Vec::new();
        for step in 0..200 {
            let at = random.below(sources.len() as u32) as usize;
            let (kind, (source, input, future), operation) = &mut sources[at];
            let is_gone = of(*input, |pipe| pipe.gone);
            match random.below(7) {
                0 if !is_gone && step < 150 => canon::feed(*input, b"xy"),
                1 if !is_gone && step > 20 => canon::leave(*input),
                2 if is_gone && of(*future, |pipe| pipe.value.is_none()) => {
                    let text = if kind.has_text() { "text" } else { "" };
                    canon::resolve(*future, Err((at as u8, text)));
                    expected.push(at as u8);
                }
                3 if operation.is_none() => {
                    op::deliver_events();
                    match op::begin_with(Body::Read(*source, 3), random.below(2) == 0) {
                        0 => drop(contents(source.take(3))),
                        token => *operation = Some((token, tasks.wait(token))),
                    }
                }
                4 => {
                    tasks.step();
                }
                5 => op::deliver_events(),
                _ => tasks.go_on(),
            }
            if let Some((token, task)) = *operation
                && !tasks.is_waiting(task)
            {
                assert!(source.fill(3), "{what}: complete");
                op::take(token);
                *operation = None;
                contents(source.take(3));
            }
            if operation.is_none() {
                reported.extend(error(source.take_error()).map(|(code, _)| code));
            }
        }
        for (at, (_, (source, input, future), operation)) in sources.into_iter().enumerate() {
            if !of(input, |pipe| pipe.gone) {
                canon::leave(input);
            }
            if of(future, |pipe| pipe.value.is_none()) {
                canon::resolve(future, Err((at as u8, "")));
                expected.push(at as u8);
            }
            tasks.go_on();
            if let Some((token, task)) = operation {
                assert!(!tasks.is_waiting(task), "{what}");
                op::take(token);
            }
            while !source.ended() {
                contents(source.take(9));
                let token = op::start(Body::Read(source, 9)).addr();
                let task = tasks.wait(token);
                tasks.go_on();
                assert!(!tasks.is_waiting(task), "{what}");
                op::take(token);
            }
            reported.extend(error(source.take_error()).map(|(code, _)| code));
            let_go_of_source(source);
        }
        reported.sort();
        expected.sort();
        assert_eq!(reported, expected, "{what}");
        assert_eq!(tasks.waiting(), (0, 0), "{what}");
        clean.nothing_left(&what);
    }
}

#[test]
fn a_follower_reads_the_result_that_the_leader_was_reading() {
    let clean = begin();
    let (sink, output, future) = sink(StreamKind::File);
    sink.write(bytes(b"abc"));
    let (call, (pipe, status)) = (Shared::new(Waitable::none()), canon::call());
    call.called(status);
    let mut tasks = Tasks::new();
    let leading = op::begin(Body::Called(call));
    tasks.wait(leading);
    let following = op::begin(Body::Flush(sink));
    let follower = tasks.wait(following);
    // The leader gets the event, so it reads.
    canon::leave(output);
    tasks.go_on();
    assert!(of(future, Pipe::is_pending));
    canon::advance(pipe, 2);
    tasks.go_on();
    assert_eq!(canon::with(|host| host.cancelled), 1);
    assert!(of(future, Pipe::is_pending) && tasks.is_waiting(follower));
    canon::resolve(future, Err((5, "text")));
    tasks.go_on();
    assert!(!tasks.is_waiting(follower));
    assert_eq!(error(sink.take_error()), Some((5, "text".into())));
    op::take(leading);
    op::take(following);
    unsafe { call.free() };
    let_go(sink);
    clean.end();
}

#[test]
fn random_tasks_flush_while_others_come_and_go() {
    for seed in 0..400 {
        let mut random = Random(seed);
        let clean = begin();
        let what = format!("seed {seed}");
        let mut tasks = Tasks::new();
        let kind =
            |random: &mut Random| [StreamKind::File, StreamKind::Stdio, StreamKind::Socket][random.below(3) as usize];
        let mut sinks: Vec<_> =
            (0..1 + random.below(4)).map(|_| (sink(kind(&mut random)), None::<(u32, u32)>)).collect();
        let mut calls = Vec::new();
        for step in 0..150 {
            let at = random.below(sinks.len() as u32) as usize;
            let ((sink, output, future), operation) = &mut sinks[at];
            let is_gone = of(*output, |pipe| pipe.gone);
            match random.below(9) {
                0 if operation.is_none() => {
                    op::deliver_events();
                    sink.write(bytes(b"abc"));
                }
                1 if !is_gone => canon::take(*output, random.below(5)),
                2 if !is_gone && step > 20 => canon::leave(*output),
                3 if is_gone && of(*future, |pipe| pipe.value.is_none()) => {
                    let text = if sink.kind().has_text() { "text" } else { "" };
                    canon::resolve(*future, Err((at as u8, text)));
                }
                4 if operation.is_none() => {
                    op::deliver_events();
                    let token = op::begin(Body::Flush(*sink));
                    if token != 0 {
                        *operation = Some((token, tasks.wait(token)));
                    }
                }
                // Somebody waits for something else.
                5 if calls.len() < 4 => {
                    let (call, (pipe, status)) = (Shared::new(Waitable::none()), canon::call());
                    call.called(status);
                    let token = op::begin(Body::Called(call));
                    calls.push((call, pipe, token, tasks.wait(token)));
                }
                6 if !calls.is_empty() => {
                    let (call, pipe, token, task) = calls.remove(random.below(calls.len() as u32) as usize);
                    canon::advance(pipe, 2);
                    tasks.go_on();
                    assert!(!tasks.is_waiting(task), "{what}, step {step}");
                    op::take(token);
                    unsafe { call.free() };
                }
                7 => {
                    tasks.step();
                }
                _ => tasks.go_on(),
            }
            let ((sink, ..), operation) = &mut sinks[at];
            if let Some((token, task)) = *operation
                && !tasks.is_waiting(task)
            {
                assert!(!sink.has_queue(), "{what}, step {step}: flushed");
                op::take(token);
                *operation = None;
            }
        }
        for (call, pipe, token, _) in calls {
            canon::advance(pipe, 2);
            tasks.go_on();
            op::take(token);
            unsafe { call.free() };
        }
        for (at, ((_, output, future), _)) in sinks.iter().enumerate() {
            let (output, future) = (*output, *future);
            if !of(output, |pipe| pipe.gone) {
                canon::take(output, 1000);
            }
            if of(future, |pipe| pipe.value.is_none()) {
                canon::resolve(future, Err((at as u8, "")));
            }
        }
        tasks.go_on();
        op::deliver_events();
        // Somebody has to ask for a result that was given up.
        sinks.iter().for_each(|((sink, ..), _)| {
            sink.in_flight();
        });
        tasks.look();
        for (at, ((sink, output, _), operation)) in sinks.into_iter().enumerate() {
            if let Some((token, task)) = operation {
                assert!(!tasks.is_waiting(task), "{what}");
                op::take(token);
            }
            assert!(!sink.in_flight(), "{what}");
            // The consumer was found to be gone, unless nothing was written since.
            let was_told = of(output, |pipe| pipe.gone && pipe.dropped);
            let reported = error(sink.take_error()).map(|(code, _)| code);
            assert_eq!(reported, was_told.then_some(at as u8), "{what}");
            let_go(sink);
        }
        assert_eq!(tasks.waiting(), (0, 0), "{what}");
        clean.nothing_left(&what);
    }
}
