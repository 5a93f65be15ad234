//! Paths of the trees of accounts and blocks, in the JSON form of a server.
//!
//! `{"pos": FIELD~…, "proof": [node, …]}`, leaf first. A node is `{"Leaf": {value, pos, elem}}`,
//! `{"Branch": {value, children}}`, `"Empty"` or `{"ForgettenSubtree": {value}}` (spelled so). Only
//! the values of siblings are read: every value on the path itself is recomputed from below.
//! Source: `jellyfish` `merkle_tree/src/internal.rs`.
//!
//! These trees hash no domain byte and no position, so their height and the shape of every proof
//! node are enforced here.

use alloc::vec::Vec;

use crate::encoding::json::Json;
use crate::encoding::tagged_base64;
use crate::hash::merkle_node::{EMPTY, HashFunction, Node};
use crate::rejection::{Operand, Rejected, Rejection};

/// The tag of positions, elements and nodes in text.
pub const FIELD_TAG: &str = "FIELD";

/// Arity, height and hash of one kind of tree.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Children of a node.
    pub arity: usize,
    /// Levels above the leaves, the same for every leaf.
    pub height: usize,
    /// The hash of a node: over all children, in order.
    pub hash: HashFunction,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bottom {
    /// A leaf, with position and element as bytes: neither is checked yet.
    Leaf {
        /// The claimed position.
        position: Vec<u8>,
        /// The claimed element.
        element: Vec<u8>,
    },
    /// Nothing.
    Empty,
}

/// One level of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Level {
    /// All children, that of the path included, which is not read.
    Branch(Vec<Node>),
    /// The whole subtree up to here is empty.
    Empty,
}

/// A path from the bottom to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The claimed position.
    pub position: Vec<u8>,
    /// What stands at its end.
    pub bottom: Bottom,
    levels: Vec<Level>,
}

fn field(json: &Json<'_>) -> Result<Vec<u8>, Rejected> {
    tagged_base64::decode(json.text()?, FIELD_TAG)
}

/// The name of the variant and its body: of `"Empty"` the text itself.
fn variant<'a, 'b>(json: &'b Json<'a>) -> Result<(&'b str, &'b Json<'a>), Rejected> {
    match json {
        Json::String(name) => Ok((name, json)),
        _ => match json.members()? {
            [(name, body)] => Ok((name, body)),
            members => Err(Rejection::MerkleForm.with(members.len(), 1u64)),
        },
    }
}

fn unexpected(name: &str, expected: &'static str) -> Rejected {
    Rejection::MerkleForm.with(Operand::foreign(name), expected)
}

/// The value of a child. A child that is a leaf or a branch carries its own value too.
fn child_value(json: &Json<'_>) -> Result<Node, Rejected> {
    match variant(json)? {
        ("Empty", Json::String(_)) => Ok(EMPTY),
        ("ForgettenSubtree" | "Leaf" | "Branch", body) => {
            tagged_base64::decode_array(body.get("value")?.text()?, FIELD_TAG)
        }
        (name, _) => Err(unexpected(name, "a node")),
    }
}

impl Path {
    /// Reads a path of exactly `shape.height + 1` nodes.
    ///
    /// # Errors
    /// `merkle.levels` for another number of nodes, `merkle.siblings` for another number of
    /// children, `merkle.form` for another kind of node than its place allows, errors of the JSON
    /// types and of tagged strings.
    pub fn from_json(json: &Json<'_>, shape: &Shape) -> Result<Self, Rejected> {
        let nodes = json.get("proof")?.items()?;
        let Some((first, rest)) = nodes.split_first() else {
            return Err(Rejection::MerkleLevels.with(0u64, shape.height + 1));
        };
        Rejection::MerkleLevels.unless_equal(nodes.len(), shape.height + 1)?;
        let bottom = match variant(first)? {
            ("Leaf", body) => Bottom::Leaf { position: field(body.get("pos")?)?, element: field(body.get("elem")?)? },
            ("Empty", Json::String(_)) => Bottom::Empty,
            (name, _) => return Err(unexpected(name, "Leaf or Empty")),
        };
        let mut levels = Vec::with_capacity(rest.len());
        for node in rest {
            levels.push(match variant(node)? {
                ("Branch", body) => {
                    let children = body.get("children")?.items()?;
                    Rejection::MerkleSiblings.unless_equal(children.len(), shape.arity)?;
                    Level::Branch(children.iter().map(child_value).collect::<Result<_, _>>()?)
                }
                ("Empty", Json::String(_)) => Level::Empty,
                (name, _) => return Err(unexpected(name, "Branch or Empty")),
            });
        }
        Ok(Self { position: field(json.get("pos")?)?, bottom, levels })
    }

    /// Hashes from `node`, the value at the bottom, up to the root.
    ///
    /// `digits` are the places among the children, from the leaf's level up.
    ///
    /// # Errors
    /// `merkle.form` for an empty level above something, `merkle.levels` if there are fewer digits
    /// than levels.
    pub fn root(&self, shape: &Shape, node: Node, digits: impl IntoIterator<Item = usize>) -> Result<Node, Rejected> {
        let mut node = node;
        let mut empty = self.bottom == Bottom::Empty;
        let mut digits = digits.into_iter();
        for level in &self.levels {
            let digit = digits.next().ok_or_else(|| Rejection::MerkleLevels.bare())?;
            match level {
                Level::Branch(children) => {
                    let (before, after) = children.split_at_checked(digit).unwrap_or((children, &[]));
                    let parts: Vec<&[u8]> = before
                        .iter()
                        .chain([&node])
                        .chain(after.get(1..).unwrap_or_default())
                        .map(Node::as_slice)
                        .collect();
                    Rejection::MerkleSiblings.unless_equal(parts.len(), shape.arity)?;
                    node = (shape.hash)(&parts);
                    empty = false;
                }
                Level::Empty if empty => {}
                Level::Empty => return Err(unexpected("Empty above something", "Branch")),
            }
        }
        Ok(node)
    }
}

/// The text form of a path, for servers and tests: siblings level by level from the leaf up, with
/// the place of the path's own child among them.
pub(crate) fn to_json_text(position: &[u8], element: &[u8], levels: &[(usize, Vec<Node>)]) -> alloc::string::String {
    use alloc::format;
    use alloc::string::String;

    let field = |bytes: &[u8]| tagged_base64::encode(FIELD_TAG, bytes);
    let zero = field(&EMPTY);
    let mut text = format!(
        r#"{{"pos":"{0}","proof":[{{"Leaf":{{"value":"{zero}","pos":"{0}","elem":"{1}"}}}}"#,
        field(position),
        field(element)
    );
    for (digit, children) in levels {
        let children: Vec<String> = children
            .iter()
            .enumerate()
            .map(|(place, child)| match (place == *digit, *child == EMPTY) {
                (false, true) => String::from("\"Empty\""),
                // The path's own child is recomputed by the reader: zeros, as real servers send.
                (true, _) => format!(r#"{{"ForgettenSubtree":{{"value":"{zero}"}}}}"#),
                (false, false) => format!(r#"{{"ForgettenSubtree":{{"value":"{}"}}}}"#, field(child)),
            })
            .collect();
        text.push_str(&format!(r#",{{"Branch":{{"value":"{zero}","children":[{}]}}}}"#, children.join(",")));
    }
    text.push_str("]}");
    text
}
