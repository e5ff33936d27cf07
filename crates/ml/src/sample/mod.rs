//! Believable used cars for a first try; invented, and the same for the same seed.

mod market;

use std::fmt::Write;

use rand_distr::{Distribution, StandardNormal};

use crate::random::{Generator, below, generator};
use market::{BODIES, BRANDS, COLOURS, Choice, FUELS, REGIONS};

/// Newest model year; the market that prices refer to.
const YEAR: u32 = 2026;
const YEAR_FIRST: u32 = 2008;
/// Standard deviation of the factor between a car's worth and what it is offered for. No model can do better than
/// this share of the price, about 4 %.
const NOISE: f64 = 0.05;
/// Usual distance in a year, in km.
const YEARLY: f64 = 12_000.0;
/// Share of missing cells in the columns that sellers leave out.
const MISSING: f64 = 0.006;

/// A table of `rows` used cars as comma-separated values with a header: 14 fields and `precio`, in US dollars.
///
/// The price is a product: what the brand costs new in this body with this power, times what age, distance, condition, owners,
/// colour and region leave of it, times noise of 5 % — so the error in dollars grows with the price. Cars are of the years
/// 2008 to 2026. Distances grow with age and differ from owner to owner. Electric cars have no displacement and
/// use no fuel. A few cells are empty, never in `precio`.
#[must_use]
pub fn used_cars(rows: usize, seed: u64) -> String {
    let mut generator = generator(seed);
    let mut csv = String::from(
        "marca,tipo_carroceria,año,kilometraje,tipo_combustible,transmision,cilindrada,potencia,peso,consumo,color,\
         edad_propietarios,calificacion_estado,region_venta,precio\n",
    );
    for _ in 0..rows {
        Car::draw(&mut generator).write(&mut csv, &mut generator);
    }
    csv
}

/// One offer.
struct Car {
    brand: &'static market::Brand,
    body: &'static market::Body,
    fuel: &'static market::Fuel,
    colour: &'static market::Place,
    region: &'static market::Place,
    is_automatic: bool,
    year: u32,
    /// km
    distance: f64,
    /// cm³
    displacement: f64,
    /// hp
    power: f64,
    /// kg
    weight: f64,
    /// l/100 km
    consumption: f64,
    owners: u32,
    /// 1 to 10
    condition: f64,
}

impl Car {
    fn draw(generator: &mut Generator) -> Self {
        let brand = choose(BRANDS, generator);
        let body = choose(BODIES, generator);
        let year = draw_year(generator);
        let age = f64::from(YEAR - year);
        let fuel = draw_fuel(year, generator);
        let is_electric = fuel.name == "Eléctrico";
        let automatic = brand.automatic + 0.02 * (f64::from(year) - 2016.0);
        let is_automatic = is_electric || fuel.name == "Híbrido" || uniform(generator) < automatic;

        let litres = body.litres * brand.litres * fuel.litres * (0.16 * normal(generator)).exp();
        let displacement = if is_electric { 0.0 } else { (litres * 10.0).round().clamp(9.0, 60.0) * 100.0 };
        // Engines of the same size became stronger over the years.
        let progress = 1.0 + 0.012 * (f64::from(year) - 2016.0);
        let basis = if is_electric { body.litres * 95.0 } else { displacement / 1000.0 * fuel.power };
        let power =
            (basis * brand.power * progress * (0.09 * normal(generator)).exp()).clamp(60.0, 620.0).round();
        let weight = body.weight * (1.0 + 0.07 * (brand.power - 1.0)) * fuel.weight
            + 60.0 * (displacement / 1000.0 - body.litres)
            + 55.0 * normal(generator);
        let weight = (weight.clamp(800.0, 3200.0) / 5.0).round() * 5.0;
        let thirst = 0.9 + 1.35 * displacement / 1000.0 + 0.0026 * weight + 0.006 * power;
        let consumption = if is_electric {
            0.0
        } else {
            (thirst
                * fuel.consumption
                * (1.0 - 0.008 * (f64::from(year) - 2016.0))
                * (0.06 * normal(generator)).exp())
            .clamp(2.5, 25.0)
        };

        // Half a year of use on average in the year of sale; each owner drives as much as he drives.
        let yearly = YEARLY * fuel.use_of * body.use_of * (0.42 * normal(generator)).exp();
        let distance = (yearly * (age + 0.15 + 0.7 * uniform(generator)).powf(0.93)).min(620_000.0).round();
        let owners = draw_owners(age, generator);
        let wear = 0.16 * age + distance / 90_000.0 + 0.25 * f64::from(owners - 1);
        let condition = (9.7 - 0.75 * wear + 0.75 * normal(generator)).clamp(2.0, 10.0);
        Self {
            brand,
            body,
            fuel,
            colour: choose(COLOURS, generator),
            region: choose(REGIONS, generator),
            is_automatic,
            year,
            distance,
            displacement,
            power,
            weight,
            consumption: (consumption * 10.0).round() / 10.0,
            owners,
            condition: (condition * 10.0).round() / 10.0,
        }
    }

    /// What the car is worth, in dollars.
    fn worth(&self) -> f64 {
        let age = f64::from(YEAR - self.year);
        let usual_power = self.body.litres * 68.0;
        let new = self.brand.price
            * self.body.price
            * self.fuel.price
            * (self.power / usual_power).powf(0.38)
            * if self.is_automatic { 1.045 } else { 1.0 };
        // The first year costs most; batteries age faster than engines.
        let yearly = self.brand.keeps * self.body.keeps * self.fuel.keeps;
        let depreciation = yearly.powf(age) * if age > 0.0 { 0.93 } else { 1.0 };
        // Distance counts against what is usual at that age, and a little by itself.
        let usual = YEARLY * (age + 0.5);
        let distance = (-0.16 * (self.distance - usual) / 100_000.0 - 0.08 * self.distance / 100_000.0).exp();
        let condition = (0.045 * (self.condition - 7.0)).exp();
        let owners = 0.982_f64.powf(f64::from(self.owners - 1));
        new * depreciation * distance * condition * owners * self.colour.price * self.region.price
    }

    fn write(&self, csv: &mut String, generator: &mut Generator) {
        let offer = self.worth() * (NOISE * normal(generator)).exp();
        let price = (offer.clamp(500.0, 250_000.0) / 50.0).round() * 50.0;
        let transmission = if self.is_automatic { "Automática" } else { "Manual" };
        // Sellers leave out what they would have to look up.
        let mut seldom = |text: String| if uniform(generator) < MISSING { String::new() } else { text };
        let (displacement, consumption) =
            (seldom(self.displacement.to_string()), seldom(self.consumption.to_string()));
        let (distance, weight) = (seldom(self.distance.to_string()), seldom(self.weight.to_string()));
        let colour = seldom(self.colour.name.to_owned());
        // Writing to a string cannot fail.
        let _ = writeln!(
            csv,
            "{},{},{},{distance},{},{transmission},{displacement},{},{weight},{consumption},{colour},{},{},{},{price}",
            self.brand.name,
            self.body.name,
            self.year,
            self.fuel.name,
            self.power,
            self.owners,
            self.condition,
            self.region.name,
        );
    }
}

/// From 0 below 1.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn uniform(generator: &mut Generator) -> f64 {
    below(generator, 1 << 53) as f64 / (1_u64 << 53) as f64
}

/// Mean 0, standard deviation 1.
fn normal(generator: &mut Generator) -> f64 {
    StandardNormal.sample(generator)
}

/// One of the choices, by their shares.
fn choose<T: Choice>(choices: &'static [T], generator: &mut Generator) -> &'static T {
    let total: f64 = choices.iter().map(Choice::share).sum();
    let mut left = uniform(generator) * total;
    let chosen = choices.iter().find(|choice| {
        left -= choice.share();
        left < 0.0
    });
    chosen.unwrap_or(&choices[choices.len() - 1])
}

/// Few very new and few very old cars are for sale.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the product is below 19")]
fn draw_year(generator: &mut Generator) -> u32 {
    let years = f64::from(YEAR - YEAR_FIRST + 1);
    let middle = f64::midpoint(uniform(generator), uniform(generator));
    let place = if uniform(generator) < 0.5 { middle } else { uniform(generator) };
    YEAR_FIRST + ((place * years) as u32).min(YEAR - YEAR_FIRST)
}

/// Electric cars and hybrids are hardly older than ten years.
fn draw_fuel(year: u32, generator: &mut Generator) -> &'static market::Fuel {
    loop {
        let fuel = choose(FUELS, generator);
        if year >= fuel.since
            && (fuel.since == 0 || uniform(generator) < f64::from(year - fuel.since + 2) / 12.0)
        {
            return fuel;
        }
    }
}

/// One owner, and now and then one more for every few years.
fn draw_owners(age: f64, generator: &mut Generator) -> u32 {
    let mut owners = 1;
    while owners < 6 && uniform(generator) < (0.055 * age).min(0.55) / f64::from(owners).sqrt() {
        owners += 1;
    }
    owners
}

#[cfg(test)]
mod tests;
