//! From rows to polynomials as circom and snarkjs do it, so that keys of a ceremony by the usual tools
//! can be used.
//!
//! With a, b, c the polynomials whose values on the domain are the sides of the rows, a·b − c vanishes
//! on the domain and has degree below 2n. It is therefore known by its values on the other half of
//! the domain of size 2n, and those are what the prover computes; the key holds the Lagrange
//! polynomials of that half, at τ, over δ. libsnark and arkworks' default divide by the vanishing
//! polynomial instead and keep powers of τ: a key of one kind is useless to a prover of the other.
//! Source: iden3/snarkjs `src/groth16_prove.js`, `src/zkey_new.js`.

use ark_ff::PrimeField;
use ark_groth16::r1cs_to_qap::{LibsnarkReduction, R1CSToQAP, evaluate_constraint};
use ark_poly::EvaluationDomain;
use ark_relations::gr1cs::{ConstraintSystemRef, Matrix, Result, SynthesisError};
use rayon::prelude::*;

/// The reduction of circom and snarkjs.
#[derive(Clone, Copy, Debug)]
pub struct CircomReduction;

fn domain<F: PrimeField, D: EvaluationDomain<F>>(size: usize) -> Result<D> {
    D::new(size).ok_or(SynthesisError::PolynomialDegreeTooLarge)
}

impl R1CSToQAP for CircomReduction {
    #[allow(clippy::type_complexity, reason = "the library's signature")]
    fn instance_map_with_evaluation<F: PrimeField, D: EvaluationDomain<F>>(
        cs: ConstraintSystemRef<F>,
        t: &F,
    ) -> Result<(Vec<F>, Vec<F>, Vec<F>, F, usize, usize)> {
        LibsnarkReduction::instance_map_with_evaluation::<F, D>(cs, t)
    }

    fn witness_map_from_matrices<F: PrimeField, D: EvaluationDomain<F>>(
        matrices: &[Matrix<F>],
        num_inputs: usize,
        num_constraints: usize,
        full_assignment: &[F],
    ) -> Result<Vec<F>> {
        let [a, b, ..] = matrices else { return Err(SynthesisError::AssignmentMissing) };
        let domain: D = domain(num_constraints.saturating_add(num_inputs))?;
        let shift = self::domain::<F, D>(domain.size().saturating_mul(2))?.group_gen();
        let values = |matrix: &Matrix<F>| -> Vec<F> {
            matrix.par_iter().take(num_constraints).map(|row| evaluate_constraint(row, full_assignment)).collect()
        };
        let (mut left, mut right) = (values(a), values(b));
        // A row of its own for each public input, whose other sides are zero.
        left.extend(full_assignment.iter().take(num_inputs));
        left.resize(domain.size(), F::zero());
        right.resize(domain.size(), F::zero());
        let mut out: Vec<F> = left.par_iter().zip(&right).map(|(left, right)| *left * right).collect();
        for side in [&mut left, &mut right, &mut out] {
            domain.ifft_in_place(side);
            D::distribute_powers_and_mul_by_const(side, shift, F::one());
            domain.fft_in_place(side);
        }
        left.par_iter_mut().zip(&right).zip(&out).for_each(|((left, right), out)| {
            *left *= right;
            *left -= out;
        });
        Ok(left)
    }

    fn h_query_scalars<F: PrimeField, D: EvaluationDomain<F>>(
        max_power: usize,
        t: F,
        _: F,
        delta_inverse: F,
    ) -> Result<Vec<F>> {
        let double: D = domain(max_power.saturating_add(1).saturating_mul(2))?;
        let lagrange = double.evaluate_all_lagrange_coefficients(t);
        Ok(lagrange.into_iter().skip(1).step_by(2).map(|value| value * delta_inverse).collect())
    }
}
