//! Texts of the valuation page.

use types::Language;

use super::messages;

messages! {
    /// Texts of the valuation page.
    ValueText {
        title { en: "Value a car", es: "Valorar un coche" }
        lead { en: "Fill in what you know; the rest is already set to a typical car. We ask for no personal data.", es: "Rellene lo que sepa; lo demás ya corresponde a un coche típico. No pedimos datos personales." }
        group_car { en: "The car", es: "El coche" }
        group_state { en: "Its state", es: "Su estado" }
        group_details { en: "Details", es: "Detalles" }
        group_details_text { en: "Already filled in with typical values.", es: "Ya rellenados con valores típicos." }
        submit { en: "See the price", es: "Ver el precio" }
        again { en: "Value it again", es: "Valorar de nuevo" }
        estimated_price { en: "Estimated price", es: "Precio estimado" }
        currency_note { en: "in US dollars; an estimate, not an offer", es: "en dólares de EE. UU.; es una estimación, no una oferta" }
        range { en: "Most likely between {low} and {high}", es: "Lo más probable: entre {low} y {high}" }
        range_note { en: "(holds for 8 of 10 cars)", es: "(se cumple en 8 de cada 10 coches)" }
        unfamiliar { en: "Take this price with care: the model has never seen such a value of", es: "Tome este precio con cautela: el modelo nunca ha visto un valor así de" }
        unfamiliar_text { en: "It answers with the closest it knows, and the range may be too narrow.", es: "Responde con lo más parecido que conoce, y el intervalo puede quedarse corto." }
        reasons { en: "Why this price", es: "Por qué este precio" }
        reasons_text { en: "Starting from {base}, the usual price, each detail adds or takes away:", es: "Partiendo de {base}, el precio habitual, cada detalle suma o resta:" }
        other_reasons { en: "Everything else", es: "Todo lo demás" }
        model_used { en: "Model used", es: "Modelo usado" }
        model_version { en: "version {n}", es: "versión {n}" }
        its_run { en: "The run that produced it", es: "La ejecución que lo produjo" }
        permalink { en: "The address of this page holds the car: keep it or send it on.", es: "La dirección de esta página contiene el coche: guárdela o compártala." }
        other_car { en: "Start with another car", es: "Empezar con otro coche" }
        for_developers { en: "The same as an API request", es: "Lo mismo como petición a la API" }
        no_champion { en: "No model answers yet", es: "Todavía no responde ningún modelo" }
        no_champion_text { en: "The form needs a model in production. Train one, then make it the champion on the models page, or start the server with its example data.", es: "El formulario necesita un modelo en producción. Entrene uno y hágalo campeón en la página de modelos, o arranque el servidor con sus datos de ejemplo." }
        train { en: "Train a model", es: "Entrenar un modelo" }
        models { en: "Models", es: "Modelos" }
        sample { en: "Example data and models", es: "Datos y modelos de ejemplo" }
        from_to { en: "{min} to {max}", es: "de {min} a {max}" }
        other { en: "Other", es: "Otro" }
        marca { en: "Make", es: "Marca" }
        tipo_carroceria { en: "Body", es: "Carrocería" }
        year { en: "Model year", es: "Año" }
        kilometraje { en: "Distance driven", es: "Kilometraje" }
        tipo_combustible { en: "Fuel", es: "Combustible" }
        transmision { en: "Gearbox", es: "Transmisión" }
        cilindrada { en: "Engine size", es: "Cilindrada" }
        potencia { en: "Power", es: "Potencia" }
        peso { en: "Weight", es: "Peso" }
        consumo { en: "Consumption", es: "Consumo" }
        color { en: "Colour", es: "Color" }
        edad_propietarios { en: "Owners so far", es: "Propietarios hasta ahora" }
        calificacion_estado { en: "Condition", es: "Estado general" }
        region_venta { en: "Region of the sale", es: "Región de venta" }
        calificacion_hint { en: "1 a wreck, 5 worn, 8 well kept, 10 as new", es: "1 siniestro, 5 usado, 8 bien cuidado, 10 como nuevo" }
        power_unit { en: "hp", es: "CV" }
    }
}

impl ValueText {
    /// Label of a field of the car; `None` for unknown names.
    #[must_use]
    pub fn label(&self, field: &str) -> Option<&'static str> {
        Some(match field {
            "marca" => self.marca,
            "tipo_carroceria" => self.tipo_carroceria,
            "año" => self.year,
            "kilometraje" => self.kilometraje,
            "tipo_combustible" => self.tipo_combustible,
            "transmision" => self.transmision,
            "cilindrada" => self.cilindrada,
            "potencia" => self.potencia,
            "peso" => self.peso,
            "consumo" => self.consumo,
            "color" => self.color,
            "edad_propietarios" => self.edad_propietarios,
            "calificacion_estado" => self.calificacion_estado,
            "region_venta" => self.region_venta,
            _ => return None,
        })
    }
}

/// A text of the example data as readers of a language know it; the data is Spanish.
#[must_use]
pub fn level_name(language: Language, level: &str) -> &str {
    if language == Language::Es {
        return level;
    }
    match level {
        "Sedán" => "Saloon",
        "Coupé" => "Coupé",
        "Gasolina" => "Petrol",
        "Diesel" | "Diésel" => "Diesel",
        "Híbrido" => "Hybrid",
        "Eléctrico" => "Electric",
        "Automática" => "Automatic",
        "Blanco" => "White",
        "Negro" => "Black",
        "Gris" => "Grey",
        "Plata" => "Silver",
        "Azul" => "Blue",
        "Rojo" => "Red",
        "Verde" => "Green",
        "Amarillo" => "Yellow",
        "Centro" => "Centre",
        "Norte" => "North",
        "Oeste" => "West",
        "Este" => "East",
        "Sur" => "South",
        _ => level,
    }
}
