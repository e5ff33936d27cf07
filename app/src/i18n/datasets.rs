//! Texts of the pages about datasets.

use super::messages;

messages! {
    /// Texts of the pages about datasets.
    DatasetsText {
        title { en: "Datasets", es: "Conjuntos de datos" }
        lead { en: "Tables that models are trained on. Each is looked over when it comes in.", es: "Tablas con las que se entrenan modelos. Cada una se revisa al llegar." }
        eyebrow { en: "Dataset", es: "Conjunto de datos" }
        name { en: "Name", es: "Nombre" }
        name_hint { en: "The file's own name if empty. A name may have many versions.", es: "El nombre del archivo si queda vacío. Un nombre puede tener muchas versiones." }
        file { en: "CSV or Parquet file", es: "Archivo CSV o Parquet" }
        file_hint { en: "With a header line, at most 1 GiB. Separator, encoding, decimal comma and thousands are found out.", es: "Con línea de cabecera, 1 GiB como máximo. El separador, la codificación, la coma decimal y los millares se averiguan." }
        upload { en: "Upload", es: "Subir" }
        upload_title { en: "Upload a table", es: "Subir una tabla" }
        problem { en: "The file was not stored", es: "El archivo no se guardó" }
        empty_title { en: "There are no datasets yet", es: "Todavía no hay conjuntos de datos" }
        empty_text { en: "Upload a table with one row for each thing and one column for each property, such as used cars with their prices. Cuaderno says what it holds and what may be wrong with it before anybody trains on it.", es: "Suba una tabla con una fila por cosa y una columna por propiedad, como coches usados con sus precios. Cuaderno dice qué contiene y qué puede estar mal antes de que nadie entrene con ella." }
        empty_terminal { en: "In a terminal", es: "En una terminal" }
        empty_sample { en: "Without a table of your own: an example", es: "Sin una tabla propia: un ejemplo" }
        rows { en: "Rows", es: "Filas" }
        columns { en: "Columns", es: "Columnas" }
        size { en: "Size", es: "Tamaño" }
        stored { en: "Stored (UTC)", es: "Guardado (UTC)" }
        source { en: "From", es: "Origen" }
        digest { en: "Digest (SHA-256)", es: "Huella (SHA-256)" }
        format { en: "Format", es: "Formato" }
        format_csv { en: "CSV, {encoding}, cells separated by {separator}, decimals by {mark}", es: "CSV, {encoding}, celdas separadas por {separator}, decimales por {mark}" }
        tab { en: "tab", es: "tabulador" }
        train { en: "Train on this", es: "Entrenar con esto" }
        download { en: "Download the original", es: "Descargar el original" }
        check_up { en: "Check-up", es: "Revisión" }
        nothing_found { en: "Nothing stands out.", es: "Nada llama la atención." }
        about_columns { en: "What the columns hold", es: "Qué contienen las columnas" }
        edit_hint { en: "Types and units belong to the content, whatever its name. In a column of numbers, cells that are no numbers count as missing.", es: "Los tipos y las unidades pertenecen al contenido, se llame como se llame. En una columna de números, las celdas que no lo son cuentan como vacías." }
        column { en: "Column", es: "Columna" }
        kind { en: "Type", es: "Tipo" }
        unit { en: "Unit", es: "Unidad" }
        kind_of { en: "Type of {column}", es: "Tipo de {column}" }
        unit_of { en: "Unit of {column}", es: "Unidad de {column}" }
        kind_auto { en: "as read", es: "como se lee" }
        kind_integer { en: "whole numbers", es: "números enteros" }
        kind_decimal { en: "decimal numbers", es: "números decimales" }
        kind_text { en: "text", es: "texto" }
        missing { en: "Missing", es: "Vacías" }
        distinct { en: "Different", es: "Distintos" }
        values { en: "Values", es: "Valores" }
        numbers { en: "{low} to {high}, half below {median}, mean {mean}", es: "de {low} a {high}, la mitad por debajo de {median}, media {mean}" }
        distribution_of { en: "Distribution of {column}", es: "Distribución de {column}" }
        description { en: "Description", es: "Descripción" }
        save { en: "Save", es: "Guardar" }
        not_saved { en: "Nothing was changed", es: "No se cambió nada" }
        preview { en: "First rows", es: "Primeras filas" }
        about { en: "About it", es: "Acerca de él" }
        versions { en: "Versions", es: "Versiones" }
        this_one { en: "this one", es: "esta" }
        lineage { en: "What came of it", es: "Qué salió de él" }
        no_lineage { en: "No run has used it yet.", es: "Ninguna ejecución lo ha usado todavía." }
        run { en: "Run", es: "Ejecución" }
        used_for { en: "Used for", es: "Usado para" }
        models { en: "Models", es: "Modelos" }
    }
}
