//! The mean of replications and its 95 % interval.

/// Student's t for 95 %, two-sided, by degrees of freedom from 1 on (published tables).
const T: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

/// Mean and 95 % half-width of independent values; none of fewer than two.
#[expect(clippy::cast_precision_loss, reason = "replications are few")]
pub(super) fn interval(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    let deviation = (squares / (n - 1.0)).sqrt();
    // Beyond the table the quantile is that of the normal law but for its first correction.
    let t = T.get(values.len() - 2).copied().unwrap_or(1.96 + 2.4 / n);
    Some((mean, t * deviation / n.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_as_a_textbook_has_it() {
        assert_eq!(interval(&[1.0]), None);
        let (mean, half) = interval(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("there are five");
        assert!((mean - 3.0).abs() < 1e-12);
        // 2.776 × 1.5811 / sqrt 5
        assert!((half - 1.963).abs() < 1e-3, "{half}");
        let (_, half) = interval(&[0.0, 1.0].repeat(50)).expect("there are a hundred");
        assert!((half - 0.0997).abs() < 1e-3, "{half}");
    }
}
