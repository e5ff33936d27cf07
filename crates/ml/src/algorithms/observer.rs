//! Who watches the growing of trees.

/// Hears of every tree and can stop the growing. Calls come from several threads.
pub trait Observer: Sync {
    /// One more tree is ready: now there are `ready`; numbers may overtake each other. `loss` calculates the mean loss on the
    /// rows that are learnt from, where trees are grown one after the other.
    fn grown(&self, _ready: u32, _loss: Option<&dyn Fn() -> f64>) {}

    /// Whether nobody waits for the result any more. Asked again and again while a tree grows; must be quick.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
impl Observer for () {}
