//! Maps and sets in the order of their keys, and sorting, in little code.
//!
//! The library's ordered map is made once for every pair of types that it is used with, at eight
//! kilobytes each: a fifth of the WebAssembly module. Here elements stand sorted in chunks of bounded
//! length, which costs more comparisons of chunks only in maps of many thousands.

use alloc::vec::Vec;

/// The most elements of a chunk. A full one is halved.
const CHUNK: usize = 64;

/// A map in the order of its keys.
#[derive(Clone, Debug)]
pub struct OrderedMap<K, V> {
    /// Ascending, none of them empty.
    chunks: Vec<Vec<(K, V)>>,
}

/// Where a key is, or where it belongs.
enum Place {
    At(usize, usize),
    Before(usize, usize),
}

impl<K, V> Default for OrderedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> OrderedMap<K, V> {
    /// An empty map.
    pub const fn new() -> Self {
        Self { chunks: Vec::new() }
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Takes all elements out.
    pub fn clear(&mut self) {
        self.chunks.clear();
    }

    /// The elements in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + Clone {
        self.chunks.iter().flatten().map(|(key, value)| (key, value))
    }

    /// The elements in the order of their keys, to change their values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.chunks.iter_mut().flatten().map(|(key, value)| (&*key, value))
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// The element with the smallest key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The element with the largest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// Keeps the elements that a test says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        for chunk in &mut self.chunks {
            chunk.retain(|(key, value)| keep(key, value));
        }
        self.chunks.retain(|chunk| !chunk.is_empty());
    }
}

impl<K: Ord, V> OrderedMap<K, V> {
    fn place(&self, key: &K) -> Place {
        let after = self.chunks.partition_point(|chunk| chunk.first().is_some_and(|(first, _)| first <= key));
        let index = after.saturating_sub(1);
        let chunk = self.chunks.get(index).map(Vec::as_slice).unwrap_or_default();
        match chunk.binary_search_by(|(candidate, _)| candidate.cmp(key)) {
            Ok(position) => Place::At(index, position),
            Err(position) => Place::Before(index, position),
        }
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let Place::At(chunk, position) = self.place(key) else { return None };
        self.chunks.get(chunk)?.get(position).map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let Place::At(chunk, position) = self.place(key) else { return None };
        self.chunks.get_mut(chunk)?.get_mut(position).map(|(_, value)| value)
    }

    /// Whether a key is there.
    pub fn contains_key(&self, key: &K) -> bool {
        matches!(self.place(key), Place::At(..))
    }

    /// Sets the value of a key. What it was before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Place::At(chunk, position) => {
                let place = self.chunks.get_mut(chunk)?.get_mut(position)?;
                Some(core::mem::replace(&mut place.1, value))
            }
            Place::Before(index, position) => {
                if self.chunks.is_empty() {
                    self.chunks.push(Vec::new());
                }
                let chunk = self.chunks.get_mut(index)?;
                chunk.insert(position, (key, value));
                if chunk.len() > CHUNK {
                    let upper = chunk.split_off(CHUNK / 2);
                    self.chunks.insert(index + 1, upper);
                }
                None
            }
        }
    }

    /// Takes a key and its value out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let Place::At(index, position) = self.place(key) else { return None };
        let chunk = self.chunks.get_mut(index)?;
        let (_, value) = chunk.remove(position);
        if chunk.is_empty() {
            self.chunks.remove(index);
        }
        Some(value)
    }
}

/// Equal maps may be cut into chunks in different ways.
impl<K: PartialEq, V: PartialEq> PartialEq for OrderedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for OrderedMap<K, V> {}

impl<K: Ord, V> FromIterator<(K, V)> for OrderedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(elements: I) -> Self {
        let mut map = Self::new();
        for (key, value) in elements {
            map.insert(key, value);
        }
        map
    }
}

impl<K, V> IntoIterator for OrderedMap<K, V> {
    type Item = (K, V);
    type IntoIter = core::iter::Flatten<alloc::vec::IntoIter<Vec<(K, V)>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.chunks.into_iter().flatten()
    }
}

/// A set in its own order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderedSet<K>(OrderedMap<K, ()>);

impl<K> Default for OrderedSet<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> OrderedSet<K> {
    /// An empty set.
    pub const fn new() -> Self {
        Self(OrderedMap::new())
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The elements in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.0.keys()
    }

    /// The largest element.
    pub fn last(&self) -> Option<&K> {
        self.iter().next_back()
    }

    /// Keeps the elements that a test says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        self.0.retain(|key, ()| keep(key));
    }
}

impl<K: Ord> OrderedSet<K> {
    /// Whether an element is there.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Adds an element. Whether it is new.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Takes an element out. Whether it was there.
    pub fn remove(&mut self, key: &K) -> bool {
        self.0.remove(key).is_some()
    }
}

impl<K: Ord> Extend<K> for OrderedSet<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.insert(key);
        }
    }
}

impl<K: Ord> FromIterator<K> for OrderedSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = Self::new();
        set.extend(keys);
        set
    }
}

/// Sorts by what a function says comes before what, in a heap, so that hostile orders cost no more
/// than others. Elements that neither comes before the other of end in any order.
pub fn sort_by<T>(items: &mut [T], before: impl Fn(&T, &T) -> bool) {
    let length = items.len();
    for root in (0..length / 2).rev() {
        sift_down(items, root, &before);
    }
    for end in (1..length).rev() {
        items.swap(0, end);
        sift_down(items.get_mut(..end).unwrap_or_default(), 0, &before);
    }
}

fn sift_down<T>(heap: &mut [T], mut root: usize, before: &impl Fn(&T, &T) -> bool) {
    // A missing child comes before every other.
    let precedes = |heap: &[T], left: usize, right: usize| match (heap.get(left), heap.get(right)) {
        (Some(left), Some(right)) => before(left, right),
        (_, right) => right.is_some(),
    };
    loop {
        let left = 2 * root + 1;
        let last = if precedes(heap, left, left + 1) { left + 1 } else { left };
        if !precedes(heap, root, last) {
            return;
        }
        heap.swap(root, last);
        root = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::{BTreeMap, BTreeSet};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_the_librarys_map(steps in proptest::collection::vec((0..4u8, 0..400u16, any::<u8>()), 0..1_500)) {
            let (mut ours, mut theirs) = (OrderedMap::new(), BTreeMap::new());
            for (what, key, value) in steps {
                match what {
                    0 | 1 => prop_assert_eq!(ours.insert(key, value), theirs.insert(key, value)),
                    2 => prop_assert_eq!(ours.remove(&key), theirs.remove(&key)),
                    _ => {
                        prop_assert_eq!(ours.get(&key), theirs.get(&key));
                        prop_assert_eq!(ours.get_mut(&key), theirs.get_mut(&key));
                        prop_assert_eq!(ours.contains_key(&key), theirs.contains_key(&key));
                    }
                }
                prop_assert_eq!((ours.len(), ours.is_empty()), (theirs.len(), theirs.is_empty()));
                prop_assert_eq!(ours.last_key_value(), theirs.last_key_value());
            }
            prop_assert!(ours.iter().eq(theirs.iter()) && ours.first_key_value() == theirs.first_key_value());
            ours.retain(|key, value| (u16::from(*value) + key).is_multiple_of(3));
            theirs.retain(|key, value| (u16::from(*value) + *key).is_multiple_of(3));
            for (_, value) in ours.iter_mut() {
                *value = !*value;
            }
            theirs.values_mut().for_each(|value| *value = !*value);
            prop_assert!(ours.iter().eq(theirs.iter()) && ours.values().rev().eq(theirs.values().rev()));
            let rebuilt: OrderedMap<_, _> = theirs.iter().rev().map(|(key, value)| (*key, *value)).collect();
            prop_assert_eq!(&ours, &rebuilt);
            prop_assert!(ours.into_iter().eq(theirs));
        }

        #[test]
        fn as_the_librarys_set(keys in proptest::collection::vec(0..500u16, 0..800), others in proptest::collection::vec(0..500u16, 0..300)) {
            let (mut ours, mut theirs): (OrderedSet<_>, BTreeSet<_>) = (keys.iter().collect(), keys.iter().collect());
            for key in &others {
                prop_assert_eq!(ours.contains(&key), theirs.contains(&key));
                prop_assert_eq!(ours.remove(&key), theirs.remove(&key));
            }
            prop_assert!(ours.iter().eq(theirs.iter()) && ours.last() == theirs.last());
            prop_assert_eq!(ours.len(), theirs.len());
        }

        #[test]
        fn as_the_librarys_sort(mut items in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut expected = items.clone();
            expected.sort_unstable();
            sort_by(&mut items, |left, right| left < right);
            prop_assert_eq!(items, expected);
        }
    }
}
