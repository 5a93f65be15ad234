//! Text that is not the JSON that it should be.

use super::Lie;

/// Changes the text of an answer about leaves.
pub(crate) fn alter_text(lie: Lie, body: &mut String) {
    match lie {
        Lie::NotJson => body.truncate(body.len() / 2),
        Lie::DeepJson => {
            let deep = format!("\"_pd\":{}{}", "[".repeat(1000), "]".repeat(1000));
            *body = body.replace("\"_pd\":null", &deep);
        }
        Lie::HugeInteger => alter_numbers(body, "18446744073709551616"),
        Lie::FloatInteger => alter_numbers(body, "7.5"),
        Lie::DuplicateKey => *body = body.replace("\"view_number\":", "\"view_number\":1,\"view_number\":"),
        Lie::MissingKey => *body = body.replace("\"parent_commitment\":", "\"parent\":"),
        Lie::WrongTag => *body = body.replace("\"BLS_SIG~", "\"COMMIT~"),
        Lie::Checksum => alter_signatures(body, |text| {
            let replaced = if text.starts_with('A') { "B" } else { "A" };
            text.replace_range(..1, replaced);
        }),
        Lie::Padding => alter_signatures(body, |text| text.push('=')),
        _ => {}
    }
}

/// Replaces the digits after each `"view_number":`.
fn alter_numbers(body: &mut String, number: &str) {
    let key = "\"view_number\":";
    let parts: Vec<&str> = body.split(key).collect();
    let altered = parts.iter().enumerate().map(|(index, part)| {
        let rest = part.trim_start_matches(|character: char| character.is_ascii_digit());
        if index == 0 { (*part).to_owned() } else { format!("{number}{rest}") }
    });
    *body = altered.collect::<Vec<_>>().join(key);
}

/// Changes what stands after `BLS_SIG~` in each signature.
fn alter_signatures(body: &mut String, alter: impl Fn(&mut String)) {
    let start = "\"BLS_SIG~";
    let altered: Vec<String> = body
        .split(start)
        .enumerate()
        .map(|(index, part)| match part.split_once('"') {
            Some((text, rest)) if index > 0 => {
                let mut text = text.to_owned();
                alter(&mut text);
                format!("{text}\"{rest}")
            }
            _ => part.to_owned(),
        })
        .collect();
    *body = altered.join(start);
}
