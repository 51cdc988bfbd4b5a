//! An S3-compatible store, asked one thing at a time by threads that may wait.
//!
//! **Invariant:** a store that does not answer is asked again after a while, and until then nobody waits for it.
//! **Invariant:** an object is there whole or not at all: the store takes it at the end of the last part.

use std::collections::HashMap;
use std::io::{self, Cursor, Read, Write};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{
    Attribute, Attributes, BackoffConfig, Certificate, ClientOptions, GetOptions, GetRange, MultipartUpload,
    ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, RetryConfig,
};
use secrecy::ExposeSecret;
use tokio::runtime::Runtime;

use super::ltx::Head;
use super::place::Place;
use crate::base::Moment;
use crate::config::{ArchiveConfig, Encryption};

/// How long a store may take to be connected, to answer something small, to list, and to take or give a part.
const CONNECT: Duration = Duration::from_secs(2);
const SMALL: Duration = Duration::from_secs(4);
const LIST: Duration = Duration::from_secs(30);
const PART: Duration = Duration::from_mins(2);

/// How long a store that did not answer is left alone.
const REST: Duration = Duration::from_secs(5);

/// Bytes of a part; what is smaller goes up as one. Ten thousand parts are the most.
const PART_BYTES: usize = 8 << 20;

/// Parts that are on their way at once.
const PARTS: usize = 3;

/// So many beginnings of objects are remembered: what is looked at again and again never changes.
const REMEMBERED: usize = 50_000;
const BEGINNING: u64 = Head::BYTES;

/// The name under which the stock tool looks for the moment of a file.
const TIMESTAMP: &str = "litestream-timestamp";

/// A bucket and how to reach it. Cheap to clone; one for each store in the process.
#[derive(Clone, Debug)]
pub struct Bucket(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: ArchiveConfig,
    name: String,
    client: Mutex<Option<Arc<AmazonS3>>>,
    /// The first bytes of objects, by their keys.
    beginnings: Mutex<HashMap<String, Vec<u8>>>,
    /// Since when it does not answer, and what was the matter.
    silent: Mutex<Option<(Instant, String)>>,
}

impl PartialEq for Bucket {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Bucket {}

/// The threads that talk to the stores.
fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
    let threads = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).thread_name("bucket").enable_all().build()
    };
    RUNTIME.get_or_init(threads).as_ref().map_err(|error| io::Error::other(error.to_string()))
}

impl Bucket {
    /// The bucket of this configuration; the same one each time.
    pub(super) fn of(config: &ArchiveConfig) -> Option<Self> {
        static ALL: Mutex<Vec<Bucket>> = Mutex::new(Vec::new());
        let (name, _) = config.bucket()?;
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = all.iter().find(|one| one.0.config.same_store(config)) {
            return Some(found.clone());
        }
        let made = Self(Arc::new(Inner {
            config: config.clone(),
            name: name.to_owned(),
            client: Mutex::default(),
            beginnings: Mutex::default(),
            silent: Mutex::default(),
        }));
        all.push(made.clone());
        Some(made)
    }

    pub(super) fn place(&self, key: String) -> Place {
        Place::Bucket(self.clone(), key)
    }

    pub(super) fn url(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.0.name)
    }

    fn client(&self) -> io::Result<Arc<AmazonS3>> {
        let mut client = self.0.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok(Arc::clone(client));
        }
        let made = Arc::new(connect(&self.0.config, &self.0.name)?);
        *client = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Does something at the store, for at most so long.
    fn ask<T, W>(&self, limit: Duration, work: impl FnOnce(Arc<AmazonS3>) -> W) -> io::Result<T>
    where
        T: Send + 'static,
        W: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        self.begin(work)?.wait(limit)
    }

    fn begin<T, W>(&self, work: impl FnOnce(Arc<AmazonS3>) -> W) -> io::Result<Asked<T>>
    where
        T: Send + 'static,
        W: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        self.is_resting()?;
        let work = work(self.client()?);
        let (say, hear) = sync_channel(1);
        let task = runtime()?.spawn(async move {
            // Whoever asked may have gone.
            let _ = say.send(work.await);
        });
        Ok(Asked { bucket: self.clone(), hear, task })
    }

    fn is_resting(&self) -> io::Result<()> {
        let silent = self.0.silent.lock().unwrap_or_else(PoisonError::into_inner);
        match &*silent {
            Some((since, why)) if since.elapsed() < REST => Err(io::Error::other(why.clone())),
            _ => Ok(()),
        }
    }

    fn is_silent(&self, why: String) -> io::Error {
        let mut silent = self.0.silent.lock().unwrap_or_else(PoisonError::into_inner);
        *silent = Some((Instant::now(), why.clone()));
        io::Error::other(why)
    }

    fn wrong(&self, error: &object_store::Error) -> io::Error {
        use object_store::Error;
        match error {
            Error::NotFound { .. } => io::Error::new(io::ErrorKind::NotFound, words(error)),
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                io::Error::new(io::ErrorKind::PermissionDenied, words(error))
            }
            error => self.is_silent(words(error)),
        }
    }

    /// What stands in a small object.
    pub(super) fn get(&self, key: &str) -> io::Result<Vec<u8>> {
        let key = Key::from(key);
        let bytes = self.ask(SMALL, |store| async move { store.get(&key).await?.bytes().await })?;
        Ok(bytes.to_vec())
    }

    /// The beginning of a file of the archive.
    pub(super) fn beginning(&self, name: &str) -> io::Result<Vec<u8>> {
        let known = || self.0.beginnings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(name) {
            return Ok(known.clone());
        }
        let key = Key::from(name);
        let range = Some(GetRange::Bounded(0..BEGINNING));
        let options = GetOptions { range, ..GetOptions::default() };
        let get = |store: Arc<AmazonS3>| async move { store.get_opts(&key, options).await?.bytes().await };
        let bytes = self.ask(SMALL, get)?.to_vec();
        self.remember(name, &bytes);
        Ok(bytes)
    }

    fn remember(&self, name: &str, bytes: &[u8]) {
        let mut known = self.0.beginnings.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(name.to_owned(), bytes.to_vec());
    }

    pub(super) fn is_there(&self, key: &str) -> io::Result<bool> {
        let key = Key::from(key);
        match self.ask(SMALL, |store| async move { store.head(&key).await }) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Names of the objects under a key, and of what stands for directories there.
    pub(super) fn list(&self, key: &str) -> io::Result<(Vec<String>, Vec<String>)> {
        let key = Key::from(key);
        let listed = self.ask(LIST, |store| async move { store.list_with_delimiter(Some(&key)).await })?;
        let name = |key: &Key| key.filename().unwrap_or_default().to_owned();
        let files = listed.objects.iter().map(|one| name(&one.location)).collect();
        Ok((files, listed.common_prefixes.iter().map(name).collect()))
    }

    /// Writes a small object anew.
    pub(super) fn put(&self, key: &str, bytes: Vec<u8>) -> io::Result<()> {
        self.put_with(key, bytes, Attributes::new())
    }

    fn put_with(&self, key: &str, bytes: Vec<u8>, attributes: Attributes) -> io::Result<()> {
        let (key, options) = (Key::from(key), PutOptions { attributes, ..PutOptions::default() });
        let put = |store: Arc<AmazonS3>| async move {
            store.put_opts(&key, PutPayload::from(bytes), options).await.map(|_| ())
        };
        self.ask(PART, put)
    }

    pub(super) fn remove(&self, key: &str) -> io::Result<()> {
        self.0.beginnings.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        let key = Key::from(key);
        self.ask(SMALL, |store| async move { store.delete(&key).await })
    }

    /// An object from its beginning, so many bytes at a time; the next ones are asked for while these are read.
    pub(super) fn read(&self, key: &str, at_once: u64) -> io::Result<Reader> {
        let mut reader = Reader {
            bucket: self.clone(),
            key: Key::from(key),
            at_once: at_once.max(1),
            asked: 0,
            size: None,
            here: Cursor::default(),
            next: None,
        };
        reader.ask()?;
        reader.turn()?;
        Ok(reader)
    }

    /// A new object, dated as the stock tool reads it.
    pub(super) fn upload(&self, key: &str, at: Moment) -> io::Result<Upload> {
        let at = jiff::Timestamp::from_millisecond(at.millis()).map_err(io::Error::other)?;
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::Metadata(TIMESTAMP.into()), at.to_string().into());
        let (bucket, key) = (self.clone(), key.to_owned());
        Ok(Upload { bucket, key, attributes, beginning: Vec::new(), bytes: Vec::new(), parts: None })
    }
}

/// Something that the store was asked.
#[derive(Debug)]
struct Asked<T> {
    bucket: Bucket,
    hear: Receiver<object_store::Result<T>>,
    task: tokio::task::JoinHandle<()>,
}

impl<T> Asked<T> {
    fn wait(self, limit: Duration) -> io::Result<T> {
        match self.hear.recv_timeout(limit) {
            Ok(Ok(value)) => {
                *self.bucket.0.silent.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Ok(value)
            }
            Ok(Err(error)) => Err(self.bucket.wrong(&error)),
            Err(_) => {
                self.task.abort();
                Err(self.bucket.is_silent(format!("no answer within {} s", limit.as_secs())))
            }
        }
    }
}

/// What the store said, short enough for a page.
fn words(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(400).collect()
}

fn connect(config: &ArchiveConfig, name: &str) -> io::Result<AmazonS3> {
    // Somebody else may have named it already; there is one only.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut options = ClientOptions::new()
        .with_connect_timeout(CONNECT)
        .with_timeout(PART)
        .with_allow_http(config.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://")));
    if let Some(file) = &config.ca_file {
        let wrong = |why: String| io::Error::other(format!("archive.ca_file = {}: {why}", file.display()));
        let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
        let found = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(error.to_string()))?;
        if found.is_empty() {
            return Err(wrong("no certificate in it".to_owned()));
        }
        // These alone: the store of a closed network has a certificate of its own.
        options = options.with_no_system_certificates(true);
        options = found.into_iter().fold(options, ClientOptions::with_root_certificate);
    }
    let retry = RetryConfig {
        backoff: BackoffConfig { init_backoff: Duration::from_millis(50), ..BackoffConfig::default() },
        max_retries: 2,
        retry_timeout: Duration::from_secs(10),
    };
    let (Some(key), Some(secret)) = (&config.access_key, &config.secret) else {
        return Err(io::Error::other(
            "archive.access_key, archive.secret_key_file: no key is given, neither here nor in AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY",
        ));
    };
    let mut builder = AmazonS3Builder::new()
        .with_access_key_id(key)
        .with_secret_access_key(secret.expose_secret())
        .with_bucket_name(name)
        .with_region(&config.region)
        .with_client_options(options)
        .with_retry(retry);
    if let Some(endpoint) = &config.endpoint {
        builder = builder.with_endpoint(endpoint).with_virtual_hosted_style_request(false);
    }
    let sealed: AmazonS3ConfigKey =
        "aws_server_side_encryption".parse().map_err(|error| io::Error::other(words(&error)))?;
    builder = match (config.encryption, &config.kms_key) {
        (Encryption::Aes256, _) => builder.with_config(sealed, "AES256"),
        (Encryption::Kms, Some(key)) => builder.with_sse_kms_encryption(key),
        (Encryption::Kms, None) => builder.with_config(sealed, "aws:kms"),
        (Encryption::Bucket, _) => builder,
    };
    builder.build().map_err(|error| io::Error::other(words(&error)))
}

/// An object on its way here.
#[derive(Debug)]
pub(super) struct Reader {
    bucket: Bucket,
    key: Key,
    at_once: u64,
    asked: u64,
    size: Option<u64>,
    here: Cursor<Vec<u8>>,
    next: Option<Asked<(u64, Vec<u8>)>>,
}

impl Reader {
    /// Asks for the next bytes, if there are more.
    fn ask(&mut self) -> io::Result<()> {
        if self.size.is_some_and(|size| self.asked >= size) {
            return Ok(());
        }
        let range = Some(GetRange::Bounded(self.asked..self.asked + self.at_once));
        let (key, options) = (self.key.clone(), GetOptions { range, ..GetOptions::default() });
        self.asked += self.at_once;
        self.next = Some(self.bucket.begin(|store| async move {
            let got = store.get_opts(&key, options).await?;
            let size = got.meta.size;
            Ok((size, got.bytes().await?.to_vec()))
        })?);
        Ok(())
    }

    /// Takes what was asked for, and asks for what follows.
    fn turn(&mut self) -> io::Result<()> {
        self.here = Cursor::default();
        if let Some(asked) = self.next.take() {
            let (size, bytes) = asked.wait(PART)?;
            self.size = Some(size);
            self.here = Cursor::new(bytes);
            self.ask()?;
        }
        Ok(())
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.here.read(into)?;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        self.turn()?;
        self.here.read(into)
    }
}

/// An object on its way to the store.
#[derive(Debug)]
pub(super) struct Upload {
    bucket: Bucket,
    key: String,
    attributes: Attributes,
    beginning: Vec<u8>,
    bytes: Vec<u8>,
    parts: Option<Parts>,
}

#[derive(Debug)]
struct Parts {
    upload: Box<dyn MultipartUpload>,
    on_the_way: Vec<Asked<()>>,
}

impl Upload {
    fn send_part(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        if self.parts.is_none() {
            self.parts = Some(Parts { upload: self.many()?, on_the_way: Vec::new() });
        }
        let Some(parts) = &mut self.parts else { return Ok(()) };
        let part = parts.upload.put_part(PutPayload::from(bytes));
        parts.on_the_way.push(self.bucket.begin(|_| part)?);
        while parts.on_the_way.len() >= PARTS {
            parts.on_the_way.remove(0).wait(PART)?;
        }
        Ok(())
    }

    fn many(&self) -> io::Result<Box<dyn MultipartUpload>> {
        let key = Key::from(self.key.as_str());
        let options = PutMultipartOptions { attributes: self.attributes.clone(), ..Default::default() };
        self.bucket.ask(SMALL, |store| async move { store.put_multipart_opts(&key, options).await })
    }

    /// Gives the last bytes, and with them the object its name.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.close()?;
        self.bucket.remember(&self.key, &self.beginning);
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        if self.parts.is_none() {
            let bytes = std::mem::take(&mut self.bytes);
            return self.bucket.put_with(&self.key, bytes, std::mem::take(&mut self.attributes));
        }
        if !self.bytes.is_empty() {
            self.send_part()?;
        }
        for part in self.parts.iter_mut().flat_map(|parts| parts.on_the_way.drain(..)) {
            part.wait(PART)?;
        }
        let Some(Parts { mut upload, .. }) = self.parts.take() else { return Ok(()) };
        self.bucket.ask(PART, |_| async move { upload.complete().await.map(|_| ()) })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // What was not finished is no object; the store need not keep its parts.
        if let Some(mut parts) = self.parts.take() {
            let _ = self.bucket.ask(SMALL, |_| async move { parts.upload.abort().await });
        }
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let missing = usize::try_from(BEGINNING).unwrap_or(0).saturating_sub(self.beginning.len());
        self.beginning.extend(bytes.iter().take(missing));
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= PART_BYTES {
            self.send_part()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
