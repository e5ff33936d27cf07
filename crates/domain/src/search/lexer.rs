//! Text to tokens.

use super::SyntaxError;

/// A piece of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word: keyword, field name or number, possibly with dots.
    Word,
    /// A text in single quotes; the token's text is without them.
    Text,
    /// A name in backticks or double quotes; the token's text is without them.
    Name,
    /// `= != < <= > >= ( ) , .`
    Symbol,
    /// Behind the last token.
    End,
}

/// A token with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// Character that it begins at, from 0.
    pub(super) position: usize,
    /// Whether it follows the token before without a space.
    pub(super) is_glued: bool,
}

impl Token {
    pub(super) fn is_symbol(&self, text: &str) -> bool {
        self.kind == Kind::Symbol && self.text == text
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }
}

/// Splits a text into tokens; the last is always [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut end_of_last = usize::MAX;
    while at < chars.len() {
        let position = at;
        let c = chars[at];
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, text) = match c {
            '\'' | '"' | '`' => {
                let close =
                    chars[at + 1..].iter().position(|other| *other == c).ok_or_else(|| SyntaxError {
                        position,
                        token: chars[at..].iter().collect(),
                        problem: format!("the closing {c} is missing"),
                    })?;
                let inside: String = chars[at + 1..at + 1 + close].iter().collect();
                if inside.contains('\0') {
                    let problem = "no text that is stored has the character U+0000".to_owned();
                    return Err(SyntaxError { position, token: inside, problem });
                }
                at += close + 2;
                (if c == '\'' { Kind::Text } else { Kind::Name }, inside)
            }
            '=' | '(' | ')' | ',' => {
                at += 1;
                (Kind::Symbol, c.to_string())
            }
            '<' | '>' | '!' => {
                at += 1;
                if chars.get(at) == Some(&'=') {
                    at += 1;
                    (Kind::Symbol, format!("{c}="))
                } else if c == '!' {
                    return Err(SyntaxError {
                        position,
                        token: "!".to_owned(),
                        problem: "did you mean `!=`?".to_owned(),
                    });
                } else {
                    (Kind::Symbol, c.to_string())
                }
            }
            // It is in no text that is stored, and PostgreSQL refuses to look for it.
            '\0' => {
                let problem = "the character U+0000 has no meaning here".to_owned();
                return Err(SyntaxError { position, token: String::new(), problem });
            }
            ';' => {
                let problem = "`;` has no meaning here".to_owned();
                return Err(SyntaxError { position, token: ";".to_owned(), problem });
            }
            '.' if tokens.last().is_some_and(|last| last.kind == Kind::Word) && end_of_last == at => {
                at += 1;
                (Kind::Symbol, ".".to_owned())
            }
            _ => {
                while at < chars.len() && !ends_word(chars[at]) {
                    at += 1;
                }
                (Kind::Word, chars[position..at].iter().collect())
            }
        };
        tokens.push(Token { kind, text, position, is_glued: end_of_last == position });
        end_of_last = at;
    }
    tokens.push(Token { kind: Kind::End, text: String::new(), position: chars.len(), is_glued: false });
    Ok(tokens)
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '=' | '(' | ')' | ',' | '<' | '>' | '!' | ';')
}
