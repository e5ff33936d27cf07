//! Texts of the training page and of jobs.

use super::{fill, messages};

messages! {
    /// Texts of the training page and of jobs.
    TrainText {
        title { en: "Train a model", es: "Entrenar un modelo" }
        lead { en: "A training runs in the background and becomes a run with parameters, metrics, charts and its model.", es: "El entrenamiento se hace en segundo plano y se convierte en una ejecución con parámetros, métricas, gráficos y su modelo." }
        group_data { en: "Data", es: "Datos" }
        group_model { en: "Model", es: "Modelo" }
        group_validation { en: "Validation", es: "Validación" }
        group_budget { en: "Budget", es: "Presupuesto" }
        task { en: "Task", es: "Tarea" }
        task_hint { en: "Texts are told in classes, numbers are predicted", es: "Los textos se clasifican, los números se predicen" }
        task_by_data { en: "By the data", es: "Según los datos" }
        task_numbers { en: "Predict a number", es: "Predecir un número" }
        task_classes { en: "Tell classes", es: "Clasificar" }
        excluded { en: "Columns left out", es: "Columnas excluidas" }
        excluded_hint { en: "Names with commas between them", es: "Nombres separados por comas" }
        weight { en: "Weight column", es: "Columna de pesos" }
        weight_hint { en: "How much each row counts; all alike if empty", es: "Cuánto cuenta cada fila; todas igual si queda vacío" }
        expected { en: "Expectations", es: "Expectativas" }
        expected_hint { en: "Such as kilometraje=decreasing, año=increasing; what is usual for cars if empty", es: "Por ejemplo kilometraje=decreasing, año=increasing; lo habitual en coches si queda vacío" }
        split { en: "Test rows", es: "Filas de prueba" }
        split_hint { en: "Groups stay together; by time, the newest rows test", es: "Los grupos no se separan; por tiempo, prueban las filas más nuevas" }
        split_random { en: "At random", es: "Al azar" }
        split_grouped { en: "By group", es: "Por grupos" }
        split_time { en: "By time", es: "Por tiempo" }
        split_column { en: "Column of groups or times", es: "Columna de grupos o tiempos" }
        split_column_hint { en: "Empty for a random choice", es: "Vacía si se eligen al azar" }
        folds { en: "Folds", es: "Partes" }
        folds_hint { en: "Cross-validation, 2 to 20; gives the ranges. 0 for none", es: "Validación cruzada, de 2 a 20; da los intervalos. 0 para ninguna" }
        time_limit { en: "Time limit", es: "Límite de tiempo" }
        time_limit_hint { en: "In seconds; no limit if empty", es: "En segundos; sin límite si queda vacío" }
        priority { en: "Priority", es: "Prioridad" }
        priority_hint { en: "-100 to 100; higher is earlier", es: "de -100 a 100; la mayor va antes" }
        more_work { en: "Sweep and learning curve", es: "Barrido y curva de aprendizaje" }
        sweep { en: "Sweep", es: "Barrido" }
        sweep_hint { en: "Tries values by cross-validation; the best become the model's", es: "Prueba valores por validación cruzada; los mejores quedan en el modelo" }
        sweep_none { en: "None", es: "Ninguno" }
        sweep_grid { en: "Every combination", es: "Todas las combinaciones" }
        sweep_random { en: "At random", es: "Al azar" }
        sweep_halving { en: "Many on few rows, few on all", es: "Muchas con pocas filas, pocas con todas" }
        sweep_values { en: "Values to try", es: "Valores que se prueban" }
        sweep_values_hint { en: "One parameter a line: max_depth=4,8,12 or, drawn, learning_rate=0.01..0.3", es: "Un parámetro por línea: max_depth=4,8,12 o, al azar, learning_rate=0.01..0.3" }
        sweep_trials { en: "Candidates", es: "Candidatos" }
        sweep_trials_hint { en: "How many are drawn, 1 to 1000", es: "Cuántos se sortean, de 1 a 1000" }
        learning_curve { en: "Measure what more rows would bring (takes as long as three more fits)", es: "Medir qué aportarían más filas (tarda como tres ajustes más)" }
        group_run { en: "Run", es: "Ejecución" }
        dataset { en: "Dataset", es: "Conjunto de datos" }
        dataset_hint { en: "{rows} rows, {columns} columns", es: "{rows} filas, {columns} columnas" }
        target { en: "Target column", es: "Columna objetivo" }
        target_hint { en: "What the model learns to predict; all other columns are features", es: "Lo que el modelo aprende a predecir; las demás columnas son características" }
        test_size { en: "Test share", es: "Parte de prueba" }
        test_size_hint { en: "Share of the rows kept apart to test, 0.01 to 0.99", es: "Parte de las filas que se aparta para probar, de 0,01 a 0,99" }
        split_seed { en: "Split seed", es: "Semilla de la división" }
        split_seed_hint { en: "Same seed, same test rows", es: "Misma semilla, mismas filas de prueba" }
        model { en: "Model family", es: "Familia de modelos" }
        transform { en: "Scale of the target", es: "Escala del objetivo" }
        transform_hint { en: "Prices are learnt best on the log scale; the automatic search chooses by itself", es: "Los precios se aprenden mejor en escala logarítmica; la búsqueda automática elige por sí sola" }
        transform_none { en: "As it is", es: "Tal cual" }
        transform_log { en: "Logarithm", es: "Logaritmo" }
        transform_sqrt { en: "Square root", es: "Raíz cuadrada" }
        parameters { en: "Parameters", es: "Parámetros" }
        parameters_of { en: "Parameters: {model}", es: "Parámetros: {model}" }
        whole_from_to { en: "{min} to {max}", es: "de {min} a {max}" }
        experiment { en: "Experiment", es: "Experimento" }
        experiment_hint { en: "Created if it does not exist", es: "Se crea si no existe" }
        run_name { en: "Run name", es: "Nombre de la ejecución" }
        run_name_hint { en: "Invented if empty", es: "Se inventa si queda vacío" }
        submit { en: "Train", es: "Entrenar" }
        recent { en: "Recent trainings", es: "Entrenamientos recientes" }
        no_jobs { en: "No training has been asked for yet.", es: "Todavía no se ha pedido ningún entrenamiento." }
        no_data_title { en: "There is no data to train on", es: "No hay datos con los que entrenar" }
        no_data_text { en: "Import a table with a header line, as CSV, or let Cuaderno make an example market of used cars. Then this page shows the form.", es: "Importe una tabla con línea de cabecera, en CSV, o deje que Cuaderno invente un mercado de coches usados. Después esta página muestra el formulario." }
        no_data_import { en: "In a terminal: your own table", es: "En una terminal: una tabla propia" }
        no_data_sample { en: "In a terminal: the example", es: "En una terminal: el ejemplo" }
        job_eyebrow { en: "Training", es: "Entrenamiento" }
        job_waits { en: "Waiting for a worker to become free.", es: "Esperando a que quede libre un trabajador." }
        job_runs { en: "At work. This page follows it by itself.", es: "En marcha. Esta página lo sigue por sí sola." }
        job_done { en: "Done. The run holds the metrics, the charts and the model.", es: "Hecho. La ejecución contiene las métricas, los gráficos y el modelo." }
        job_failed { en: "The training stopped with an error. Nothing else is affected.", es: "El entrenamiento terminó con un error. Lo demás no se ve afectado." }
        job_interrupted { en: "The process that trained was stopped, so the training is not finished and will not go on by itself. Ask for it again.", es: "El proceso que entrenaba se detuvo: el entrenamiento no está terminado y no continuará por sí solo. Pídalo de nuevo." }
        job_cancelled { en: "Somebody stopped this training. Its run keeps what was recorded until then.", es: "Alguien detuvo este entrenamiento. Su ejecución conserva lo registrado hasta entonces." }
        job_stops { en: "About to stop: somebody cancelled it.", es: "A punto de parar: alguien lo ha cancelado." }
        cancel { en: "Cancel", es: "Cancelar" }
        seconds_left { en: "{n} s left", es: "quedan {n} s" }
        minutes_left { en: "{n} min left", es: "quedan {n} min" }
        job_stops { en: "About to stop: somebody cancelled it.", es: "A punto de parar: alguien lo ha cancelado." }
        cancel { en: "Cancel", es: "Cancelar" }
        attempt { en: "Attempt", es: "Intento" }
        log { en: "Log", es: "Registro" }
        seconds_left { en: "{n} s left", es: "quedan {n} s" }
        minutes_left { en: "{n} min left", es: "quedan {n} min" }
        course_of { en: "{key} so far, from {from} to {to}", es: "{key} hasta ahora, de {from} a {to}" }
        reason { en: "Reason", es: "Motivo" }
        progress { en: "Progress", es: "Progreso" }
        stage_learning { en: "learning", es: "aprendiendo" }
        stage_tree { en: "tree {n} of {all}", es: "árbol {n} de {all}" }
        stage_fold { en: "measuring part {n} of {all}", es: "midiendo la parte {n} de {all}" }
        stage_candidate { en: "candidate {n}: {model}{rest}", es: "candidato {n}: {model}{rest}" }
        stage_measuring { en: "measuring", es: "midiendo" }
        stage_done { en: "done", es: "hecho" }
        see_run { en: "See the run", es: "Ver la ejecución" }
        train_again { en: "Train another", es: "Entrenar otro" }
        asked_for { en: "Asked for (UTC)", es: "Pedido (UTC)" }
        started { en: "Started (UTC)", es: "Inicio (UTC)" }
        ended { en: "Ended (UTC)", es: "Fin (UTC)" }
        state { en: "State", es: "Estado" }
        family { en: "Family", es: "Familia" }
    }
}

impl TrainText {
    /// What a training is doing, as `ml` reports it; other words stay as they are.
    #[must_use]
    pub fn stage(&self, stage: &str) -> String {
        let tree = stage.strip_prefix("tree ").and_then(|rest| rest.split_once(" of "));
        if let Some((n, all)) = stage.strip_prefix("fold ").and_then(|rest| rest.split_once(" of ")) {
            return fill(self.stage_fold, &[("n", &n), ("all", &all)]);
        }
        if let Some((n, model)) = stage.strip_prefix("candidate ").and_then(|rest| rest.split_once(" is ")) {
            let (model, rest) = model.find(',').map_or((model, ""), |comma| model.split_at(comma));
            return fill(self.stage_candidate, &[("n", &n), ("model", &model), ("rest", &rest)]);
        }
        match (stage, tree) {
            (_, Some((n, all))) => fill(self.stage_tree, &[("n", &n), ("all", &all)]),
            ("learning", _) => self.stage_learning.to_owned(),
            ("measuring", _) => self.stage_measuring.to_owned(),
            ("done", _) => self.stage_done.to_owned(),
            _ => stage.to_owned(),
        }
    }

    /// Label of a field of the form that is not a parameter; `None` for unknown names.
    #[must_use]
    pub fn label(&self, field: &str) -> Option<&'static str> {
        Some(match field {
            "dataset" => self.dataset,
            "target" => self.target,
            "test_size" => self.test_size,
            "split_seed" => self.split_seed,
            "model" => self.model,
            "transform" => self.transform,
            "task" => self.task,
            "excluded" => self.excluded,
            "weight" => self.weight,
            "expected" => self.expected,
            "split" => self.split,
            "split_column" => self.split_column,
            "folds" => self.folds,
            "time_limit" => self.time_limit,
            "priority" => self.priority,
            "sweep" => self.sweep,
            "sweep_values" => self.sweep_values,
            "sweep_trials" => self.sweep_trials,
            "experiment" => self.experiment,
            "run_name" => self.run_name,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    #[test]
    fn stages_are_told_in_the_language_of_the_page() {
        let t = TrainText::of(Language::Es);
        assert_eq!(t.stage("tree 40 of 100"), "árbol 40 de 100");
        assert_eq!(t.stage("done"), "hecho");
        assert_eq!(t.stage("resting"), "resting");
    }
}
