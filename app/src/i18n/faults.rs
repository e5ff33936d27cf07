//! What is wrong with a field, for people.

use types::car::CarRule;

use super::Language;
use crate::error::FieldFault;
use crate::number_format::short;

/// Kind of the fault that stands for [`CarRule::TooOld`] at its field.
pub(crate) const TOO_OLD: &str = "value_error.car.too_old";

/// The sentence for one fault, in a language.
///
/// Faults of unknown kind keep the text that they came with.
#[must_use]
pub fn fault_text(language: Language, fault: &FieldFault) -> String {
    let limit = fault.limit.map(|limit| short(language, limit)).unwrap_or_default();
    match (fault.kind.as_str(), language) {
        ("value_error.missing" | "value_error.any_str.min_length", Language::En) => "Fill this in".to_owned(),
        ("value_error.missing" | "value_error.any_str.min_length", Language::Es) => {
            "Rellene este campo".to_owned()
        }
        ("type_error.integer", Language::En) => "Must be a whole number".to_owned(),
        ("type_error.integer", Language::Es) => "Debe ser un número entero".to_owned(),
        ("type_error.float", Language::En) => "Must be a number".to_owned(),
        ("type_error.float", Language::Es) => "Debe ser un número".to_owned(),
        ("type_error.str", Language::En) => "Must be text".to_owned(),
        ("type_error.str", Language::Es) => "Debe ser un texto".to_owned(),
        ("value_error.number.not_ge", Language::En) => format!("Must be at least {limit}"),
        ("value_error.number.not_ge", Language::Es) => format!("Debe ser {limit} o más"),
        ("value_error.number.not_le", Language::En) => format!("Must be at most {limit}"),
        ("value_error.number.not_le", Language::Es) => format!("Debe ser {limit} o menos"),
        ("value_error.any_str.max_length", Language::En) => format!("Must have at most {limit} characters"),
        ("value_error.any_str.max_length", Language::Es) => {
            format!("Debe tener {limit} caracteres como mucho")
        }
        (TOO_OLD, language) => CarRule::TooOld.sentence(language).to_owned(),
        _ => fault.msg.clone(),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use types::Fault;

    use super::*;

    #[test]
    fn limits_are_named_in_the_language_of_the_page() {
        let fault = Fault::above("kilometraje", 2_000_000.0).into();
        assert_eq!(fault_text(Language::En, &fault), "Must be at most 2,000,000");
        assert_eq!(fault_text(Language::Es, &fault), "Debe ser 2.000.000 o menos");
        assert_eq!(fault_text(Language::En, &Fault::above("año", 2027.0).into()), "Must be at most 2027");
    }
}
