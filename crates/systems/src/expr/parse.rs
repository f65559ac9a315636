//! From tokens to trees, by recursive descent.
//!
//! ```text
//! statement := "let" name "=" expression | expression
//! expression := term (("+"|"-") term)*       term := unary (("*"|"/"|"%") unary)*
//! unary := "-" unary | power                 power := atom ("^" unary)?
//! atom := number | name | name "(" arguments ")" | "(" expression ")"
//! ```

use super::Fault;
use super::ast::{Ast, Extreme, Link, Statement};
use super::function::FUNCTIONS;
use super::lex::{Placed, Token, tokens};
use crate::names::nearest;
use std::ops::Range;

/// Most characters of a text.
const LONGEST: usize = 1 << 16;
/// Most levels of parentheses, powers, signs and calls within each other.
const DEEPEST: usize = 64;
/// Most terms of one sum.
const MOST_TERMS: i64 = 1000;

/// The statements of `source`, which are separated by semicolons.
///
/// # Errors
/// The first thing that cannot be read.
pub(crate) fn parse(source: &str) -> Result<Vec<Statement>, Fault> {
    if source.len() > LONGEST {
        return Err(Fault::new(
            0..0,
            format!("The text has {} bytes, but equations may have at most {LONGEST}.", source.len()),
        ));
    }
    let mut parser = Parser { tokens: tokens(source)?, next: 0, depth: 0, end: source.len() };
    let mut statements = vec![parser.statement()?];
    while parser.take(';') {
        if parser.peek().is_none() {
            break;
        }
        statements.push(parser.statement()?);
    }
    match parser.tokens.get(parser.next) {
        None => Ok(statements),
        Some(extra) => Err(unexpected(extra)),
    }
}

fn unexpected(found: &Placed) -> Fault {
    let fault = |text: String| Fault::new(found.at.clone(), text);
    match &found.token {
        Token::Mark(')') => fault("This parenthesis closes none that is open.".to_owned()),
        Token::Mark('=') => fault("An equals sign stands only after let and a name.".to_owned()),
        Token::Mark(c) => fault(format!("\"{c}\" is not expected here.")),
        _ => fault("An operator or a semicolon is missing before this.".to_owned())
            .advise("A product is written with *, and equations are separated by semicolons."),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|p| &p.token)
    }

    /// The place of the next token, or the end of the text.
    fn here(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.end..self.end, |p| p.at.clone())
    }

    fn take(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, mark: char, place: &str) -> Result<(), Fault> {
        if self.take(mark) { Ok(()) } else { Err(Fault::new(self.here(), format!("\"{mark}\" is missing {place}."))) }
    }

    fn statement(&mut self) -> Result<Statement, Fault> {
        let from = self.here().start;
        let is_let = matches!(self.peek(), Some(Token::Name(word, None)) if word == "let");
        let bind = if is_let {
            self.next += 1;
            let (name, at) = self.plain_name("after let")?;
            self.expect('=', "after the name of this let")?;
            Some((name, at))
        } else {
            None
        };
        let value = self.expression()?;
        let to = self.next.checked_sub(1).map_or(from, |k| self.tokens[k].at.end);
        Ok(Statement { bind, value, at: from..to })
    }

    fn plain_name(&mut self, place: &str) -> Result<(String, Range<usize>), Fault> {
        let at = self.here();
        match self.peek() {
            Some(Token::Name(name, None)) => {
                let name = name.clone();
                self.next += 1;
                Ok((name, at))
            }
            _ => Err(Fault::new(at, format!("A name is missing {place}."))),
        }
    }

    /// Runs `part` one level deeper.
    fn deeper<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == DEEPEST {
            return Err(Fault::new(
                self.here(),
                format!("Expressions within each other are more than {DEEPEST} deep here."),
            )
            .advise("Give the inner part a name with let."));
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    fn expression(&mut self) -> Result<Ast, Fault> {
        self.chain(Link::Plus, &[('+', Link::Plus), ('-', Link::Minus)], Self::term)
    }

    fn term(&mut self) -> Result<Ast, Fault> {
        self.chain(Link::Times, &[('*', Link::Times), ('/', Link::Over), ('%', Link::Modulo)], Self::unary)
    }

    fn chain(
        &mut self,
        first: Link,
        links: &[(char, Link)],
        member: fn(&mut Self) -> Result<Ast, Fault>,
    ) -> Result<Ast, Fault> {
        let mut members = vec![(first, member(self)?)];
        while let Some((_, link)) = links.iter().find(|(mark, _)| self.peek() == Some(&Token::Mark(*mark))) {
            self.next += 1;
            members.push((*link, member(self)?));
        }
        if members.len() > 1 {
            return Ok(Ast::Chain(members));
        }
        Ok(members.swap_remove(0).1)
    }

    fn unary(&mut self) -> Result<Ast, Fault> {
        self.deeper(|p| if p.take('-') { Ok(Ast::Minus(Box::new(p.unary()?))) } else { p.power() })
    }

    fn power(&mut self) -> Result<Ast, Fault> {
        let base = self.atom()?;
        if self.take('^') { Ok(Ast::Power(Box::new(base), Box::new(self.unary()?))) } else { Ok(base) }
    }

    fn atom(&mut self) -> Result<Ast, Fault> {
        let at = self.here();
        match self.peek().cloned() {
            Some(Token::Number(value)) => {
                self.next += 1;
                Ok(Ast::Number(value))
            }
            Some(Token::Name(name, shift)) => {
                self.next += 1;
                if shift.is_none() && self.take('(') { self.call(&name, at) } else { Ok(Ast::Name { name, shift, at }) }
            }
            Some(Token::Mark('(')) => {
                self.next += 1;
                let inner = self.expression()?;
                self.expect(')', "to close a parenthesis")?;
                Ok(inner)
            }
            Some(_) => Err(Fault::new(at, "An expression is missing before this.")),
            None => Err(Fault::new(at, "The text ends where an expression is missing.")),
        }
    }

    fn call(&mut self, name: &str, at: Range<usize>) -> Result<Ast, Fault> {
        if name == "sum" {
            return self.sum(at);
        }
        let mut arguments = vec![self.expression()?];
        while self.take(',') {
            arguments.push(self.expression()?);
        }
        self.expect(')', &format!("to close the arguments of {name}"))?;
        let count = arguments.len();
        match (name, FUNCTIONS.iter().find(|(known, _)| *known == name)) {
            ("min" | "max", _) if count >= 2 => {
                let which = if name == "min" { Extreme::Least } else { Extreme::Greatest };
                Ok(Ast::Extreme(which, arguments))
            }
            ("min" | "max", _) => Err(Fault::new(at, format!("{name} takes at least two arguments, but has {count}."))),
            (_, Some((_, function))) if count == 1 => Ok(Ast::Call(*function, Box::new(arguments.swap_remove(0)))),
            (_, Some(_)) => Err(Fault::new(at, format!("{name} takes one argument, but has {count}."))),
            (_, None) => {
                let known = FUNCTIONS.iter().map(|(known, _)| *known).chain(["min", "max", "sum"]);
                Err(Fault::new(at, format!("There is no function called {name}."))
                    .advise(format!("The nearest are {}.", nearest(name, known, 3).join(", "))))
            }
        }
    }

    /// `sum(i, from, to, body)`, after its opening parenthesis.
    fn sum(&mut self, at: Range<usize>) -> Result<Ast, Fault> {
        let (variable, _) = self.plain_name("for the variable of the sum")?;
        self.expect(',', "after the variable of the sum")?;
        let from = self.bound()?;
        self.expect(',', "after the first index of the sum")?;
        let to = self.bound()?;
        self.expect(',', "after the last index of the sum")?;
        let body = Box::new(self.expression()?);
        self.expect(')', "to close the sum")?;
        if to - from >= MOST_TERMS {
            let text = format!("The sum has {} terms, but at most {MOST_TERMS} are allowed.", to - from + 1);
            return Err(Fault::new(at, text));
        }
        Ok(Ast::Sum { variable, from, to, body, at })
    }

    fn bound(&mut self) -> Result<i64, Fault> {
        let at = self.here();
        let sign = if self.take('-') { -1 } else { 1 };
        match self.peek() {
            Some(Token::Number(v)) if v.fract() == 0.0 && *v <= 1e6 => {
                let bound = sign * *v as i64;
                self.next += 1;
                Ok(bound)
            }
            _ => Err(Fault::new(at, "The bounds of a sum must be whole numbers of at most a million.")),
        }
    }
}
