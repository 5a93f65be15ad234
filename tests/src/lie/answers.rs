//! Answers that are not what was asked for.

use std::sync::Arc;

use super::Lie;
use crate::model::BlockLine;

/// The block that is served instead of the one at a height.
pub(crate) fn alter_height(lie: Lie, height: u64) -> u64 {
    if lie == Lie::WrongHeight { height + 1 } else { height }
}

/// The blocks that are served instead of a range. `more` is the block after it.
pub(crate) fn alter_range(lie: Lie, blocks: &mut Vec<Arc<BlockLine>>, more: Option<Arc<BlockLine>>) {
    match lie {
        Lie::Gap => {
            blocks.remove(blocks.len() / 2);
            blocks.extend(more.or_else(|| blocks.last().cloned()));
        }
        Lie::Doubled => {
            let middle = blocks.len() / 2;
            if let Some(block) = blocks.get(middle).cloned() {
                blocks.insert(middle, block);
            }
            // Of a range of one, the double stays: the answer is longer than asked for then.
            if blocks.len() > 2 {
                blocks.pop();
            }
        }
        Lie::Reversed if blocks.len() > 1 => blocks.reverse(),
        Lie::Longer => {
            let next = more.or_else(|| blocks.last().cloned());
            blocks.extend(next);
        }
        Lie::Shorter => {
            blocks.pop();
        }
        Lie::EventsRoot => {
            // The child has its parent's certificate, which says nothing about it.
            let parent = blocks.first().cloned();
            if let ([_, child, ..], Some(parent)) = (blocks.as_mut_slice(), parent) {
                Arc::make_mut(child).leaf.qc = parent.leaf.qc.clone();
            }
        }
        _ => {}
    }
}
