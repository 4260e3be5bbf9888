//! A stage for the screen: a small data set on disk, an `App`, and a fake engine with
//! responses of the right shape.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use image::{Rgb, RgbImage};
use lfw_tui::config::KeySettings;
use lfw_tui::dataset::import::import;
use lfw_tui::dataset::{Dataset, FaceSpec, Noise, Preprocess};
use lfw_tui::engine::{
    ModelInfo, ModelRef, OpenedDataset, PictureRef, Rebuilt, Reconstruction, Request, RequestId,
    RequestKind, Response, ResponseBody,
};
use lfw_tui::models::ModelKind;
use lfw_tui::paths::Paths;
use lfw_tui::progress::unwatched;
use lfw_tui::search::Hit;
use lfw_tui::tui::app::App;
use lfw_tui::tui::colours::Depth;
use lfw_tui::tui::effect::Effect;
use lfw_tui::tui::images::{Capabilities, EncodeResult, ImageRenderer};
use lfw_tui::tui::path_lookup::look_up;
use lfw_tui::tui::pointer::{MouseEvent, MouseKind, Zones};
use lfw_tui::tui::screen;
use lfw_tui::tui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::{answers, damaged, evaluation, neighbours};

/// Names and counts of the stage's people.
pub const PEOPLE: [(&str, usize); 6] = [
    ("Ann_Lee", 3),
    ("Barbara_Bush", 4),
    ("George_HW_Bush", 13),
    ("George_W_Bush", 40),
    ("Laura_Bush", 12),
    ("Zinedine_Zidane", 1),
];

/// A folder of plain pictures in LFW's layout, made once.
pub fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for (i, (name, count)) in PEOPLE.iter().enumerate() {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
            for number in 1..=*count {
                let shade = Rgb([40 * i as u8 + 10, 5 * number as u8, 90]);
                let picture = RgbImage::from_pixel(50, 50, shade);
                let file = folder
                    .path()
                    .join(name)
                    .join(format!("{name}_{number:04}.png"));
                picture.save(file).unwrap();
            }
        }
        let path = folder.path().to_path_buf();
        (folder, path)
    });
    path
}

fn home() -> &'static (tempfile::TempDir, Dataset) {
    static HOME: OnceLock<(tempfile::TempDir, Dataset)> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let imported = import(&paths, folder(), &mut unwatched).unwrap();
        (home, imported.dataset)
    })
}

/// The folders of the stage's data set.
pub fn paths() -> Paths {
    Paths::below(home().0.path())
}

/// The stage's data set.
pub fn dataset() -> Dataset {
    let mut dataset = home().1.clone();
    dataset.title = "stage".to_string();
    dataset
}

/// The pictures that the stage's models work on.
pub const FACES: FaceSpec = FaceSpec {
    size: 32,
    preprocess: Preprocess::Seed,
};

/// An app, its pictures, and the requests that it made.
pub struct Stage {
    pub app: App,
    pictures: ImageRenderer,
    theme: Theme,
    depth: Depth,
    done: std::sync::mpsc::Receiver<EncodeResult>,
    /// Every request so far.
    pub asked: Vec<(RequestKind, Request)>,
    /// The id of the latest one.
    pub last_id: RequestId,
    /// Effects other than requests.
    pub effects: Vec<Effect>,
    /// Whether requests are answered at once.
    pub answers: bool,
    /// The models to choose from.
    models: Vec<ModelInfo>,
    /// Whether keys mean what they do without settings, though other keys count.
    reads_built_in_keys: bool,
}

impl Stage {
    /// The stage with its data set open.
    pub fn open(columns: u16, rows: u16) -> Self {
        Self::with(columns, rows, dataset())
    }

    /// With another data set.
    pub fn with(columns: u16, rows: u16, dataset: Dataset) -> Self {
        Self::opened(Self::closed(columns, rows), dataset)
    }

    /// With two blind denoisers.
    pub fn with_denoisers(columns: u16, rows: u16) -> Self {
        let mut stage = Self::closed(columns, rows);
        for name in ["blind", "blind-64"] {
            let mut model = stage.models[0].clone();
            model.reference = ModelRef::Run(name.to_string());
            model.label = name.to_string();
            model.kind = ModelKind::Denoiser;
            stage.models.push(model);
        }
        Self::opened(stage, dataset())
    }

    fn opened(mut stage: Self, dataset: Dataset) -> Self {
        stage.answers = true;
        let opened = OpenedDataset {
            dataset: Arc::new(dataset),
            faces: FACES,
            device: "cpu".to_string(),
            device_note: None,
        };
        let effects = stage.app.sync_requests();
        stage.answers = false;
        stage.perform(effects);
        stage.answers = true;
        stage.reply(RequestId(1), ResponseBody::Opened(opened));
        stage
    }

    /// Before anything was opened.
    pub fn closed(columns: u16, rows: u16) -> Self {
        let theme = Theme::parse("dark", lfw_tui::tui::theme::BUILT_IN[0].1).unwrap();
        let (send, done) = std::sync::mpsc::channel();
        let graphics = Capabilities::halfblocks();
        let pictures = ImageRenderer::new(graphics.clone(), move |one| {
            let _ = send.send(one);
        })
        .unwrap();
        Self {
            theme: theme.clone(),
            depth: Depth::Truecolor,
            app: App::new(theme, graphics, (columns, rows), None),
            pictures,
            done,
            asked: Vec::new(),
            last_id: RequestId(0),
            effects: Vec::new(),
            answers: false,
            models: models(),
            reads_built_in_keys: false,
        }
    }

    /// Changes keys. [`Stage::press`] takes the built-in ones as before.
    pub fn change_keys(&mut self, settings: &KeySettings) {
        self.app.set_keys(settings);
        self.reads_built_in_keys = true;
    }

    /// Sets how many colours the terminal has.
    pub fn set_depth(&mut self, depth: Depth) {
        self.depth = depth;
        self.app.context.theme = self.theme.for_depth(depth);
        let mut graphics = self.pictures.capabilities().clone();
        graphics.depth = depth;
        self.pictures.set_capabilities(graphics);
    }

    /// Presses keys: characters, or names in angle brackets: `jj<Enter>`.
    pub fn press(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(c) = rest.chars().next() {
            let event = if c == '<' {
                let end = rest.find('>').unwrap();
                let name = &rest[1..end];
                rest = &rest[end + 1..];
                named(name)
            } else {
                rest = &rest[c.len_utf8()..];
                KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)
            };
            let keymap = if self.reads_built_in_keys {
                self.app.built_in_keymap()
            } else {
                self.app.keymap()
            };
            if let Some(action) = keymap.action(&event) {
                let effects = self.app.update(action);
                self.perform(effects);
            }
        }
    }

    /// Uses the mouse at a column and a row of the screen as it is drawn now.
    pub fn mouse(&mut self, kind: MouseKind, column: u16, row: u16) {
        self.draw();
        if let Some(action) = self.app.mouse_action(MouseEvent { kind, column, row }) {
            let effects = self.app.update(action);
            self.perform(effects);
        }
    }

    /// Clicks on the first place of a text.
    pub fn click(&mut self, text: &str) {
        let (column, row) = self.find(text);
        self.mouse(MouseKind::Press, column, row);
        self.mouse(MouseKind::Release, column, row);
    }

    /// The column and the row of a text's first place.
    pub fn find(&mut self, wanted: &str) -> (u16, u16) {
        let screen = self.text();
        let found = screen.lines().zip(0..).find_map(|(line, row)| {
            let at = line.find(wanted)?;
            Some((line[..at].chars().count() as u16, row))
        });
        found.unwrap_or_else(|| panic!("no {wanted}:\n{screen}"))
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::LookUp(lookup) = &effect {
                let effects = self.app.on_path_lookup(look_up(&paths(), lookup));
                self.perform(effects);
            }
            let Effect::Send(id, request) = effect else {
                self.effects.push(effect);
                continue;
            };
            self.asked.push(((&request).into(), request.clone()));
            self.last_id = id;
            // What models have seen decides which face is shown first.
            let is_seen = matches!(request, Request::SeenFaces { .. });
            if (self.answers || is_seen)
                && let Some(mut answer) = self.answer_to(&request)
            {
                if let ResponseBody::Generated(made) = &mut answer {
                    made.made_by = Some(Arc::new(request));
                }
                self.reply(id, answer);
            }
        }
    }

    /// The engine sends a response.
    pub fn reply(&mut self, id: RequestId, answer: ResponseBody) {
        let effects = self.app.on_response(Response { id, body: answer });
        self.perform(effects);
    }

    /// The latest request of a kind.
    pub fn latest(&self, kind: RequestKind) -> &Request {
        let found = self.asked.iter().rev().find(|(k, _)| *k == kind);
        &found.unwrap_or_else(|| panic!("{kind:?} was never sent")).1
    }

    /// Whether a request of a kind was sent.
    pub fn has_asked(&self, kind: RequestKind) -> bool {
        self.asked.iter().any(|(asked, _)| *asked == kind)
    }

    /// The message that is shown; empty without one.
    pub fn message(&self) -> &str {
        let message = self.app.context.message.as_ref();
        message.map_or("", |(_, text)| text)
    }

    fn answer_to(&self, request: &Request) -> Option<ResponseBody> {
        Some(match request {
            Request::ListModels => ResponseBody::Models(self.models.clone()),
            Request::Reconstruct { picture, model } => {
                ResponseBody::Reconstruction(Reconstruction {
                    picture: *picture,
                    model: label(model),
                    rebuilt: Some(Rebuilt {
                        mse: 0.00412,
                        pixels: plain(80),
                    }),
                    nearest: (7..19)
                        .map(|row| Hit {
                            row,
                            distance: 0.31 + 0.01 * (row - 7) as f32,
                        })
                        .collect(),
                })
            }
            Request::Denoise { params, damage } => {
                ResponseBody::Denoised(damaged::denoised(&params.models, *damage))
            }
            Request::Draw(params) => ResponseBody::Drawn(damaged::drawn(params)),
            Request::NoiseSweep { params, damages } => {
                ResponseBody::NoiseSweep(damaged::levels(&params.models, damages))
            }
            Request::Search(params) => ResponseBody::SearchResults(neighbours::of(params)),
            Request::Morph { steps, sharp, .. } => answers::made(*steps, 2, sharp.as_ref()),
            Request::Vary { count, sharp, .. } => answers::made(*count, 1, sharp.as_ref()),
            Request::Sample { count, sharp, .. } => answers::made(*count, 0, sharp.as_ref()),
            Request::Along { steps, sharp, .. } => answers::made(*steps, 1, sharp.as_ref()),
            Request::Axes { steps, sharp, .. } => answers::made(steps + 1, 0, sharp.as_ref()),
            Request::Square {
                columns,
                rows,
                sharp,
                ..
            } => answers::square(*columns, *rows, sharp.as_ref()),
            Request::Origin { model, picture } => answers::origin(model, picture),
            Request::FromNoise(params) => answers::risen(params, 1),
            Request::SeenFaces { models } => ResponseBody::SeenFaces(answers::seen(models)),
            Request::FirstFaces { specs, count } => {
                ResponseBody::FirstFaces(answers::first_faces(specs, *count))
            }
            Request::CodeSizeCurve { .. } => {
                ResponseBody::CodeSizeCurve(Arc::new(answers::code_curve()))
            }
            Request::Verify { encoders, .. } => {
                ResponseBody::Verified(evaluation::report(encoders))
            }
            Request::Save { name, .. } => {
                ResponseBody::Saved(PathBuf::from(format!("/p/{name}.png")))
            }
            Request::Open { .. } => return None,
        })
    }

    /// Draws until every picture is there, and gives the screen.
    pub fn draw(&mut self) -> Buffer {
        let (columns, rows) = self.app.context.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        for _ in 0..200 {
            let mut zones = Zones::default();
            terminal
                .draw(|frame| {
                    zones = screen::render(frame, &self.app, &mut self.pictures);
                    self.depth.convert(frame.buffer_mut());
                })
                .unwrap();
            self.app.set_zones(zones);
            if self.pictures.is_complete() {
                break;
            }
            let one = self.done.recv_timeout(Duration::from_secs(20));
            self.pictures
                .accept(one.expect("a picture worker is stuck"));
            while let Ok(one) = self.done.try_recv() {
                self.pictures.accept(one);
            }
        }
        terminal.backend().buffer().clone()
    }

    /// The screen's text, half-block pictures as `▒`.
    pub fn text(&mut self) -> String {
        text(&self.draw())
    }
}

/// A buffer's text; cells with a true-colour background of a picture show as `▒`.
pub fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    (area.top()..area.bottom())
        .map(|y| {
            let line: String = (area.left()..area.right())
                .map(|x| {
                    let cell = &buffer[(x, y)];
                    if cell.symbol() == "▀" || (cell.symbol() == " " && is_picture(cell.bg)) {
                        "▒"
                    } else {
                        cell.symbol()
                    }
                })
                .collect();
            line.trim_end().to_string()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The stage's pictures all have a blue of 90, those of the fake engine are grey.
fn is_picture(colour: ratatui::style::Color) -> bool {
    matches!(colour, ratatui::style::Color::Rgb(r, g, b) if b == 90 || (r == g && g == b))
}

fn named(name: &str) -> KeyEvent {
    let (code, modifiers) = match name {
        "Enter" => (KeyCode::Enter, KeyModifiers::NONE),
        "Esc" => (KeyCode::Esc, KeyModifiers::NONE),
        "Tab" => (KeyCode::Tab, KeyModifiers::NONE),
        "BackTab" => (KeyCode::BackTab, KeyModifiers::SHIFT),
        "Back" => (KeyCode::Backspace, KeyModifiers::NONE),
        "Up" => (KeyCode::Up, KeyModifiers::NONE),
        "Down" => (KeyCode::Down, KeyModifiers::NONE),
        "Left" => (KeyCode::Left, KeyModifiers::NONE),
        "Right" => (KeyCode::Right, KeyModifiers::NONE),
        control => {
            let c = control
                .strip_prefix('^')
                .and_then(|rest| rest.chars().next());
            (KeyCode::Char(c.unwrap()), KeyModifiers::CONTROL)
        }
    };
    KeyEvent::new(code, modifiers)
}

/// The stage's models.
pub fn models() -> Vec<ModelInfo> {
    let card = |reference: ModelRef, code_size, kind, objective| ModelInfo {
        label: label(&reference),
        reference,
        kind,
        code_size,
        faces: FACES,
        objective,
        data: "stage".to_string(),
        checkpoint: None,
        ready: true,
    };
    let pca = |code_size| ModelRef::Pca {
        code_size,
        faces: FACES,
    };
    vec![
        card(pca(32), 32, ModelKind::Pca, Noise::None),
        card(pca(128), 128, ModelKind::Pca, Noise::None),
        card(
            ModelRef::Run("conv-32".to_string()),
            32,
            ModelKind::Conv,
            Noise::None,
        ),
        card(
            ModelRef::Run("denoiser".to_string()),
            512,
            ModelKind::Conv,
            Noise::Gaussian(0.1),
        ),
    ]
}

pub fn label(model: &ModelRef) -> String {
    match model {
        ModelRef::Pca { code_size, .. } => format!("PCA-{code_size}"),
        ModelRef::Descriptor => "descriptor".to_string(),
        ModelRef::Run(id) | ModelRef::Bundled(id) => id.clone(),
    }
}

/// A grey picture.
pub fn plain(shade: u8) -> Arc<RgbImage> {
    Arc::new(RgbImage::from_pixel(32, 32, Rgb([shade; 3])))
}

/// The source of a Denoise request.
pub fn source_of(request: &Request) -> &PictureRef {
    match request {
        Request::Denoise { params, .. } => &params.source,
        other => panic!("{other:?} is no Denoise"),
    }
}
