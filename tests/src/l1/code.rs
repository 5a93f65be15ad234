//! Two small contracts in the EVM's own code: one that answers getters, one that emits what it is told to.

use hotshot_light_client::encoding::committable::keccak256;

use crate::stake::Log;

/// Operations, by their names in the EVM's specification.
mod op {
    pub(super) const EQ: u8 = 0x14;
    pub(super) const SHR: u8 = 0x1c;
    pub(super) const SUB: u8 = 0x03;
    pub(super) const CALLDATALOAD: u8 = 0x35;
    pub(super) const CALLDATASIZE: u8 = 0x36;
    pub(super) const CALLDATACOPY: u8 = 0x37;
    pub(super) const MSTORE: u8 = 0x52;
    pub(super) const JUMPI: u8 = 0x57;
    pub(super) const JUMPDEST: u8 = 0x5b;
    pub(super) const PUSH1: u8 = 0x60;
    pub(super) const PUSH2: u8 = 0x61;
    pub(super) const PUSH4: u8 = 0x63;
    pub(super) const PUSH32: u8 = 0x7f;
    pub(super) const DUP1: u8 = 0x80;
    pub(super) const LOG0: u8 = 0xa0;
    pub(super) const RETURN: u8 = 0xf3;
    pub(super) const REVERT: u8 = 0xfd;
}

fn push2(code: &mut Vec<u8>, value: usize) {
    code.push(op::PUSH2);
    code.extend_from_slice(&u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes());
}

/// Code that goes on at the place of the first case that holds; each case is 11 bytes of `test`, and its body
/// begins with the case's value on the stack.
fn switch(start: &[u8], cases: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let revert = [op::PUSH1, 0, op::PUSH1, 0, op::REVERT];
    // Every test is its own length and four bytes of a jump.
    let tests: usize = cases.iter().map(|(test, _)| test.len() + 4).sum();
    let mut place = start.len() + tests + revert.len();
    let (mut code, mut bodies) = (start.to_vec(), Vec::new());
    for (test, body) in cases {
        code.extend_from_slice(test);
        push2(&mut code, place);
        code.push(op::JUMPI);
        bodies.push(op::JUMPDEST);
        bodies.extend_from_slice(body);
        place += body.len() + 1;
    }
    code.extend_from_slice(&revert);
    code.extend_from_slice(&bodies);
    code
}

/// A contract whose functions without arguments return these words.
pub fn readers(getters: &[(&str, Vec<[u8; 32]>)]) -> Vec<u8> {
    let start = [op::PUSH1, 0, op::CALLDATALOAD, op::PUSH1, 0xe0, op::SHR];
    let case = |(signature, words): &(&str, Vec<[u8; 32]>)| {
        let selector = keccak256(&[signature.as_bytes()]).into_iter().take(4);
        let test = [op::DUP1, op::PUSH4].into_iter().chain(selector).chain([op::EQ]).collect();
        let mut body = Vec::new();
        for (index, word) in words.iter().enumerate() {
            body.push(op::PUSH32);
            body.extend_from_slice(word);
            push2(&mut body, 32 * index);
            body.push(op::MSTORE);
        }
        push2(&mut body, 32 * words.len());
        body.extend_from_slice(&[op::PUSH1, 0, op::RETURN]);
        (test, body)
    };
    switch(&start, &getters.iter().map(case).collect::<Vec<_>>())
}

/// A contract that emits the log that it is called with: see [`emission`].
pub fn emitter() -> Vec<u8> {
    let start = [op::PUSH1, 0, op::CALLDATALOAD];
    let case = |topics: u8| {
        let test = vec![op::DUP1, op::PUSH1, topics, op::EQ];
        let data = 32 * (usize::from(topics) + 1);
        let mut body = Vec::new();
        // Memory from 0 on: what comes after the topics.
        let size = |body: &mut Vec<u8>| {
            push2(body, data);
            body.extend_from_slice(&[op::CALLDATASIZE, op::SUB]);
        };
        size(&mut body);
        push2(&mut body, data);
        body.extend_from_slice(&[op::PUSH1, 0, op::CALLDATACOPY]);
        for topic in (1..=topics).rev() {
            push2(&mut body, 32 * usize::from(topic));
            body.push(op::CALLDATALOAD);
        }
        size(&mut body);
        body.extend_from_slice(&[op::PUSH1, 0, op::LOG0 + topics, 0]);
        (test, body)
    };
    switch(&start, &(1..=4).map(case).collect::<Vec<_>>())
}

/// What to call the emitter with: the number of topics, the topics, the data.
pub fn emission(log: &Log) -> Vec<u8> {
    let mut count = [0; 32];
    count.iter_mut().rev().take(1).for_each(|last| *last = u8::try_from(log.topics.len()).unwrap_or(u8::MAX));
    [&count[..], log.topics.as_flattened(), &log.data].concat()
}
