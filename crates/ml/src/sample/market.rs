//! What the invented market offers: shares are relative, prices in 2026 US dollars, other numbers factors around 1.

/// Something that is drawn by its share of the market.
pub(super) trait Choice {
    /// Relative frequency.
    fn share(&self) -> f64;
}

/// A make.
pub(super) struct Brand {
    pub(super) name: &'static str,
    pub(super) share: f64,
    /// Of an ordinary new saloon.
    pub(super) price: f64,
    /// What is left after a year.
    pub(super) keeps: f64,
    pub(super) litres: f64,
    pub(super) power: f64,
    /// Share of automatic gearboxes in 2016.
    pub(super) automatic: f64,
}

/// A body.
pub(super) struct Body {
    pub(super) name: &'static str,
    pub(super) share: f64,
    pub(super) price: f64,
    pub(super) keeps: f64,
    /// Usual displacement.
    pub(super) litres: f64,
    /// Usual weight in kg.
    pub(super) weight: f64,
    /// How much it is driven.
    pub(super) use_of: f64,
}

/// What it runs on.
pub(super) struct Fuel {
    pub(super) name: &'static str,
    pub(super) share: f64,
    pub(super) price: f64,
    pub(super) keeps: f64,
    pub(super) litres: f64,
    /// hp for each litre.
    pub(super) power: f64,
    pub(super) weight: f64,
    pub(super) consumption: f64,
    pub(super) use_of: f64,
    /// First model year.
    pub(super) since: u32,
}

/// A colour or a region.
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) share: f64,
    pub(super) price: f64,
}

macro_rules! choices {
    ($($kind:ty),*) => {
        $(impl Choice for $kind {
            fn share(&self) -> f64 {
                self.share
            }
        })*
    };
}

choices!(Brand, Body, Fuel, Place);

const fn brand(
    name: &'static str,
    share: f64,
    price: f64,
    keeps: f64,
    litres: f64,
    power: f64,
    automatic: f64,
) -> Brand {
    Brand { name, share, price, keeps, litres, power, automatic }
}

pub(super) const BRANDS: &[Brand] = &[
    brand("Toyota", 16.0, 26_500.0, 0.909, 1.0, 1.0, 0.58),
    brand("Honda", 13.0, 26_000.0, 0.903, 0.96, 1.04, 0.58),
    brand("Ford", 12.0, 25_500.0, 0.879, 1.06, 1.05, 0.52),
    brand("Chevrolet", 12.0, 24_000.0, 0.872, 1.05, 1.0, 0.48),
    brand("Nissan", 11.0, 23_500.0, 0.877, 0.98, 0.98, 0.52),
    brand("Mazda", 8.0, 26_000.0, 0.893, 1.02, 1.06, 0.6),
    brand("Hyundai", 8.0, 23_000.0, 0.882, 0.95, 1.0, 0.5),
    brand("Kia", 7.5, 23_000.0, 0.884, 0.95, 1.0, 0.5),
    brand("BMW", 5.0, 46_000.0, 0.859, 1.12, 1.34, 0.82),
    brand("Mercedes-Benz", 4.0, 49_000.0, 0.862, 1.12, 1.32, 0.86),
    brand("Audi", 3.5, 45_000.0, 0.856, 1.1, 1.32, 0.8),
];

const fn body(
    name: &'static str,
    share: f64,
    price: f64,
    keeps: f64,
    litres: f64,
    weight: f64,
    use_of: f64,
) -> Body {
    Body { name, share, price, keeps, litres, weight, use_of }
}

pub(super) const BODIES: &[Body] = &[
    body("Sedán", 29.0, 1.0, 1.0, 1.9, 1380.0, 1.0),
    body("SUV", 29.0, 1.24, 1.008, 2.2, 1640.0, 1.02),
    body("Hatchback", 19.0, 0.84, 0.998, 1.5, 1180.0, 0.92),
    body("Pickup", 12.0, 1.3, 1.012, 2.7, 1930.0, 1.2),
    body("Coupé", 6.0, 1.2, 0.997, 2.3, 1430.0, 0.72),
    body("Minivan", 5.0, 1.16, 0.99, 2.4, 1800.0, 1.15),
];

pub(super) const FUELS: &[Fuel] = &[
    Fuel {
        name: "Gasolina",
        share: 60.0,
        price: 1.0,
        keeps: 1.0,
        litres: 1.0,
        power: 68.0,
        weight: 1.0,
        consumption: 1.0,
        use_of: 0.97,
        since: 0,
    },
    Fuel {
        name: "Diesel",
        share: 22.0,
        price: 1.07,
        keeps: 0.998,
        litres: 1.08,
        power: 61.0,
        weight: 1.06,
        consumption: 0.8,
        use_of: 1.3,
        since: 0,
    },
    Fuel {
        name: "Híbrido",
        share: 14.0,
        price: 1.15,
        keeps: 1.006,
        litres: 0.97,
        power: 76.0,
        weight: 1.08,
        consumption: 0.62,
        use_of: 1.05,
        since: 2011,
    },
    Fuel {
        name: "Eléctrico",
        share: 12.0,
        price: 1.3,
        keeps: 0.965,
        litres: 1.0,
        power: 0.0,
        weight: 1.2,
        consumption: 0.0,
        use_of: 0.9,
        since: 2014,
    },
];

const fn place(name: &'static str, share: f64, price: f64) -> Place {
    Place { name, share, price }
}

pub(super) const COLOURS: &[Place] = &[
    place("Blanco", 24.0, 1.015),
    place("Negro", 18.0, 1.01),
    place("Gris", 17.0, 1.005),
    place("Plata", 14.0, 1.0),
    place("Azul", 11.0, 0.995),
    place("Rojo", 10.0, 0.99),
    place("Verde", 4.0, 0.965),
    place("Amarillo", 2.0, 0.95),
];

pub(super) const REGIONS: &[Place] = &[
    place("Centro", 28.0, 1.02),
    place("Norte", 22.0, 1.03),
    place("Oeste", 19.0, 1.0),
    place("Este", 16.0, 0.985),
    place("Sur", 15.0, 0.96),
];
