//! Constraints for the parts of the statement, from small to large.

pub mod canonical;
pub mod fixed_base;
pub mod ladder;
pub mod montgomery;
pub mod nothing_up_my_sleeve;
pub mod rescue;
pub mod routing;
pub mod schnorr;
pub mod weight;
