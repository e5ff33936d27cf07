//! Tokens to the syntax tree, by recursive descent.
//!
//! ```text
//! filter     := [AND] disjunction [AND]           stray leading and trailing AND, as in MLflow
//! disjunction:= conjunction (OR conjunction)*
//! conjunction:= factor (AND factor)*
//! factor     := NOT factor | "(" disjunction ")" | comparison
//! comparison := field test
//! field      := [entity "."] key                  key bare, in backticks or in double quotes
//! ```

use std::marker::PhantomData;

use types::search::{Comparison, Field, Filter, OrderBy, Test};

use super::SyntaxError;
use super::language::Language;
use super::lexer::{Kind, Token, tokens};

type Parsed<T> = Result<T, SyntaxError>;

/// Deepest nesting of parentheses and NOT.
const DEPTH_MAX: usize = 50;

/// Most comparisons in one filter; each costs the store a look into an index.
const COMPARISONS_MAX: usize = 200;

pub(super) fn filter<L: Language>(text: &str) -> Parsed<Option<Filter<L>>> {
    let mut parser = Parser::<L>::new(text)?;
    parser.take_keyword("AND");
    if parser.peek().kind == Kind::End {
        return Ok(None);
    }
    let filter = parser.disjunction()?;
    parser.take_keyword("AND");
    parser.expect_end()?;
    Ok(Some(filter))
}

pub(super) fn order_by<L: Language>(text: &str) -> Parsed<OrderBy<L>> {
    let mut parser = Parser::<L>::new(text)?;
    let field = parser.field()?;
    let descending = parser.take_keyword("DESC");
    if !descending {
        parser.take_keyword("ASC");
    }
    parser.expect_end()?;
    Ok(OrderBy { field, descending })
}

struct Parser<L> {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    comparisons: usize,
    language: PhantomData<L>,
}

impl<L: Language> Parser<L> {
    fn new(text: &str) -> Parsed<Self> {
        Ok(Self { tokens: tokens(text)?, at: 0, depth: 0, comparisons: 0, language: PhantomData })
    }

    fn peek(&self) -> &Token {
        // The last token is `End`, which is never taken.
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        if token.kind != Kind::End {
            self.at += 1;
        }
        token
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_next = self.peek().is_keyword(keyword);
        if is_next {
            self.at += 1;
        }
        is_next
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let is_next = self.peek().is_symbol(symbol);
        if is_next {
            self.at += 1;
        }
        is_next
    }

    fn expect_symbol(&mut self, symbol: &str) -> Parsed<()> {
        if self.take_symbol(symbol) {
            Ok(())
        } else {
            Err(error(self.peek(), format!("expected `{symbol}`")))
        }
    }

    fn expect_keyword(&mut self, keyword: &str) -> Parsed<()> {
        if self.take_keyword(keyword) {
            Ok(())
        } else {
            Err(error(self.peek(), format!("expected {keyword}")))
        }
    }

    fn expect_end(&self) -> Parsed<()> {
        match self.peek().kind {
            Kind::End => Ok(()),
            _ => Err(error(self.peek(), "expected AND, OR or the end")),
        }
    }

    fn disjunction(&mut self) -> Parsed<Filter<L>> {
        let mut parts = vec![self.conjunction()?];
        while self.take_keyword("OR") {
            parts.push(self.conjunction()?);
        }
        Ok(joined(parts, Filter::Or))
    }

    fn conjunction(&mut self) -> Parsed<Filter<L>> {
        let mut parts = vec![self.factor()?];
        while self.peek().is_keyword("AND") && !self.is_last_token() {
            self.at += 1;
            parts.push(self.factor()?);
        }
        Ok(joined(parts, Filter::And))
    }

    /// Whether nothing follows the next token: a stray AND at the end.
    fn is_last_token(&self) -> bool {
        self.tokens.get(self.at + 1).is_none_or(|token| token.kind == Kind::End)
    }

    fn factor(&mut self) -> Parsed<Filter<L>> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(error(self.peek(), format!("nested deeper than {DEPTH_MAX} levels")));
        }
        let filter = if self.take_keyword("NOT") {
            Filter::Not(Box::new(self.factor()?))
        } else if self.take_symbol("(") {
            let inside = self.disjunction()?;
            self.expect_symbol(")")?;
            inside
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison(&mut self) -> Parsed<Filter<L>> {
        self.comparisons += 1;
        if self.comparisons > COMPARISONS_MAX {
            return Err(error(self.peek(), format!("more than {COMPARISONS_MAX} comparisons")));
        }
        let field = self.field()?;
        let is_number = match &field {
            Field::Metric { .. } => true,
            Field::Attribute(attribute) => L::is_number(attribute),
            Field::Param(_) | Field::Tag(_) | Field::Dataset(_) => false,
        };
        let test = if is_number { self.number_test()? } else { self.text_test(&field)? };
        Ok(Filter::Compare { field, test })
    }

    fn number_test(&mut self) -> Parsed<Test> {
        if let Some(test) = self.null_test()? {
            return Ok(test);
        }
        let negated = self.take_keyword("NOT");
        if self.take_keyword("BETWEEN") {
            let low = self.number()?;
            self.expect_keyword("AND")?;
            return Ok(Test::Between { negated, low, high: self.number()? });
        }
        if self.take_keyword("IN") {
            return Ok(Test::NumberIn { negated, values: self.list(Self::number)? });
        }
        let token = self.take();
        let comparison = match token.text.as_str() {
            "=" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return Err(error(&token, "expected one of = != < <= > >= BETWEEN IN")),
        };
        if negated || token.kind != Kind::Symbol {
            return Err(error(&token, "expected BETWEEN or IN after NOT"));
        }
        Ok(Test::Number(comparison, self.number()?))
    }

    fn text_test(&mut self, field: &Field<L>) -> Parsed<Test> {
        if let Some(test) = self.null_test()? {
            return match field {
                Field::Param(_) | Field::Tag(_) => Ok(test),
                _ => Err(error(self.peek(), "only params and tags can be absent")),
            };
        }
        let negated = self.take_keyword("NOT");
        if self.take_keyword("IN") {
            return Ok(Test::TextIn { negated, values: self.list(Self::text)? });
        }
        let token = self.take();
        let test = if token.is_symbol("=") || token.is_symbol("!=") {
            Test::Text { negated: token.text == "!=", value: self.text()? }
        } else if token.is_keyword("LIKE") || token.is_keyword("ILIKE") {
            Test::Like { case_sensitive: token.is_keyword("LIKE"), pattern: self.text()? }
        } else {
            return Err(error(&token, "expected one of = != LIKE ILIKE IN, and texts in single quotes"));
        };
        if negated {
            return Err(error(&token, "expected IN after NOT"));
        }
        match L::problem(field, &test) {
            Some(problem) => Err(error(&token, problem)),
            None => Ok(test),
        }
    }

    fn null_test(&mut self) -> Parsed<Option<Test>> {
        if !self.take_keyword("IS") {
            return Ok(None);
        }
        let negated = self.take_keyword("NOT");
        self.expect_keyword("NULL")?;
        Ok(Some(Test::IsNull { negated }))
    }

    fn list<T>(&mut self, item: fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect_symbol("(")?;
        let mut items = vec![item(self)?];
        while self.take_symbol(",") {
            if self.peek().is_symbol(")") {
                break;
            }
            items.push(item(self)?);
        }
        self.expect_symbol(")")?;
        Ok(items)
    }

    fn number(&mut self) -> Parsed<f64> {
        let token = self.take();
        let is_plain = token
            .text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
        match token.text.parse::<f64>() {
            Ok(number) if token.kind == Kind::Word && is_plain && number.is_finite() => Ok(number),
            Ok(_) if token.kind == Kind::Word && is_plain => Err(error(&token, "the number is too large")),
            _ => Err(error(&token, "expected a number, without quotes")),
        }
    }

    fn text(&mut self) -> Parsed<String> {
        let token = self.take();
        match token.kind {
            // MLflow takes double quotes on the right side too.
            Kind::Text | Kind::Name => Ok(token.text),
            _ => Err(error(&token, "expected a text in single quotes")),
        }
    }

    fn field(&mut self) -> Parsed<Field<L>> {
        let token = self.take();
        let field = |entity: Option<&str>, key: &str, is_bare: bool| {
            if key.is_empty() {
                return Err(error(&token, "the name is empty"));
            }
            L::field(entity, key, is_bare).map_err(|problem| error(&token, problem))
        };
        match token.kind {
            Kind::Name => field(None, &token.text, false),
            Kind::Word => {
                let Some((entity, key)) = token.text.split_once('.') else {
                    return field(None, &token.text, true);
                };
                if !key.is_empty() {
                    return field(Some(entity), key, true);
                }
                // The key follows in backticks or double quotes.
                let name = self.take();
                if name.kind == Kind::Name && name.is_glued {
                    field(Some(entity), &name.text, false)
                } else {
                    Err(error(&name, "expected a name right behind the dot"))
                }
            }
            _ => Err(error(&token, L::EXPECTED)),
        }
    }
}

fn joined<L>(mut parts: Vec<Filter<L>>, join: fn(Vec<Filter<L>>) -> Filter<L>) -> Filter<L> {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}

fn error(token: &Token, problem: impl Into<String>) -> SyntaxError {
    SyntaxError { position: token.position, token: token.text.clone(), problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use types::search::{MetricValue, RunAttribute};

    use super::*;

    fn filter(text: &str) -> Parsed<Option<Filter>> {
        super::filter(text)
    }

    fn order_by(text: &str) -> Parsed<OrderBy> {
        super::order_by(text)
    }

    fn metric(key: &str, test: Test) -> Filter {
        Filter::Compare { field: Field::Metric { key: key.to_owned(), which: MetricValue::Last }, test }
    }

    fn param_is(key: &str, value: &str) -> Filter {
        let test = Test::Text { negated: false, value: value.to_owned() };
        Filter::Compare { field: Field::Param(key.to_owned()), test }
    }

    #[test]
    fn mlflow_filters_mean_what_they_mean_there() {
        let expected = Filter::And(vec![
            metric("test_rmse", Test::Number(Comparison::Less, 900.0)),
            param_is("model", "random_forest"),
        ]);
        for text in [
            "metrics.test_rmse < 900 AND params.model = 'random_forest'",
            "AND metric.test_rmse<9e2 and parameters.`model`=\"random_forest\" AND",
            "metrics.\"test_rmse\" < 900.0 and param.model = 'random_forest'",
        ] {
            assert_eq!(filter(text).unwrap(), Some(expected.clone()), "{text}");
        }
        assert_eq!(filter("  ").unwrap(), None);
    }

    #[test]
    fn or_binds_weaker_than_and_and_not_binds_tightest() {
        let (a, b, c) = (param_is("a", "1"), param_is("b", "2"), param_is("c", "3"));
        let parsed = filter("params.a = '1' or not params.b = '2' and params.c = '3'").unwrap().unwrap();
        let expected =
            Filter::Or(vec![a.clone(), Filter::And(vec![Filter::Not(Box::new(b.clone())), c.clone()])]);
        assert_eq!(parsed, expected);
        let parsed = filter("(params.a = '1' or params.b = '2') and params.c = '3'").unwrap().unwrap();
        assert_eq!(parsed, Filter::And(vec![Filter::Or(vec![a, b]), c]));
    }

    #[test]
    fn names_may_have_spaces_dots_and_accents() {
        assert_eq!(
            filter("metrics.`R² año` > 1").unwrap(),
            Some(metric("R² año", Test::Number(Comparison::Greater, 1.0)))
        );
        assert_eq!(filter("params.a.b = 'x'").unwrap(), Some(param_is("a.b", "x")));
        let min = Field::Metric { key: "loss".to_owned(), which: MetricValue::Min };
        assert_eq!(order_by("metrics.loss.min DESC").unwrap(), OrderBy { field: min, descending: true });
        assert_eq!(
            filter("metrics.`loss.min` = 1").unwrap(),
            Some(metric("loss.min", Test::Number(Comparison::Equal, 1.0)))
        );
    }

    #[test]
    fn ranges_and_sets_are_read() {
        assert_eq!(
            filter("metrics.x between 1 and 2 and metrics.y not in (1, 2.5)").unwrap(),
            Some(Filter::And(vec![
                metric("x", Test::Between { negated: false, low: 1.0, high: 2.0 }),
                metric("y", Test::NumberIn { negated: true, values: vec![1.0, 2.5] }),
            ]))
        );
        let field = Field::Attribute(RunAttribute::RunId);
        let test = Test::TextIn { negated: false, values: vec!["a".to_owned(), "b".to_owned()] };
        assert_eq!(filter("run_id IN ('a','b')").unwrap(), Some(Filter::Compare { field, test }));
        let field = Field::Tag("x".to_owned());
        assert_eq!(
            filter("tags.x IS NOT NULL").unwrap(),
            Some(Filter::Compare { field, test: Test::IsNull { negated: true } })
        );
    }

    #[test]
    fn errors_point_at_the_token() {
        for (text, position, token) in [
            ("metrics.x < 'a'", 12, "a"),
            ("metrics.x ~ 1", 10, "~"),
            ("params.x = 5", 11, "5"),
            ("colour = 'red'", 0, "colour"),
            ("metrics.x < 1 metrics.y < 2", 14, "metrics.y"),
            ("params.a = 'x", 11, "'x"),
            ("metrics.x < 1; DROP TABLE runs", 13, ";"),
            ("(metrics.x < 1", 14, ""),
            ("metrics.x < 1 or", 16, ""),
            ("metrics.x < nan", 12, "nan"),
            ("status = 'BUSY'", 7, "="),
        ] {
            let error = filter(text).unwrap_err();
            assert_eq!((error.position, error.token.as_str()), (position, token), "{text}");
        }
    }

    #[test]
    fn nesting_is_limited() {
        let deep = format!("{}params.a = '1'{}", "(".repeat(60), ")".repeat(60));
        assert!(filter(&deep).unwrap_err().problem.contains("deeper"));
        let long = vec!["params.a = '1'"; 201].join(" or ");
        assert!(filter(&long).unwrap_err().problem.contains("comparisons"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_much(text in ".{0,60}") {
            let _ = super::filter::<types::search::RunAttribute>(&text);
            let _ = super::order_by::<types::search::RunAttribute>(&text);
        }

        #[test]
        fn no_mixture_of_tokens_is_too_much(
            tokens in proptest::collection::vec(
                proptest::sample::select(vec![
                    "metrics.x", "params.`a b`", "tags.\"t\"", "status", "datasets.name", "=", "!=", "<", ">=", "LIKE",
                    "ILIKE", "IN", "NOT", "AND", "OR", "IS", "NULL", "BETWEEN", "(", ")", ",", ".", "'v'", "\"v\"", "`v`",
                    "1", "-2.5e3", "1e999", "nan", ";", "'", "`", "ñ", "\u{0}",
                ]),
                0..24,
            ),
            glue in proptest::sample::select(vec!["", " ", "\n"]),
        ) {
            let text = tokens.join(glue);
            if let Err(error) = super::filter::<types::search::RunAttribute>(&text) {
                // The place is one of the text.
                proptest::prop_assert!(error.position <= text.chars().count());
                proptest::prop_assert!(!error.problem.is_empty());
            }
            let _ = super::filter::<types::search::ExperimentAttribute>(&text);
        }
    }

    #[test]
    fn what_no_value_can_be_is_told() {
        let problem = |text: &str| filter(text).unwrap_err().to_string();
        assert!(problem("metrics.a > 1e999").contains("`1e999`: the number is too large"));
        assert!(problem("params.a = 'x\u{0}y'").contains("U+0000"));
    }
}
