//! The device: found once, watched for its loss, asked for errors in scopes.

use std::{
    cell::Cell,
    ops::Deref,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use futures_channel::oneshot;

use crate::core::error::{Error, Result};

/// An adapter's device and queue.
#[derive(Debug, Clone)]
pub(super) struct Device {
    pub device: Arc<Owned>,
    pub queue: wgpu::Queue,
    /// Name and API of the adapter: "llvmpipe (LLVM 15.0.6, 256 bits), Vulkan".
    pub adapter: String,
    /// Whether the device can tell the time.
    pub has_timestamps: bool,
    lost: Arc<Mutex<Option<String>>>,
    /// Name and size of the last buffer made, which is to blame when memory runs out.
    last_made: Cell<(&'static str, u64)>,
    /// The most bytes in one piece, where a test wants less than the device's limits.
    #[cfg(not(target_arch = "wasm32"))]
    most_bound: Option<u64>,
}

/// A device that ends with the last who use it.
#[derive(Debug)]
pub(super) struct Owned(wgpu::Device);

impl Deref for Owned {
    type Target = wgpu::Device;

    fn deref(&self) -> &wgpu::Device {
        &self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

impl Device {
    /// The adapter that the platform prefers.
    ///
    /// # Errors
    /// `BackendUnavailable`.
    pub(super) async fn preferred() -> Result<Self> {
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance().request_adapter(&options).await.map_err(|error| match error {
            wgpu::RequestAdapterError::NotFound { .. } => unavailable("the platform offers no graphics adapter"),
            other => unavailable(other),
        })?;
        Self::on(&adapter).await
    }

    /// A device with the default limits, so that what runs here runs everywhere.
    ///
    /// # Errors
    /// `BackendUnavailable`.
    pub(super) async fn on(adapter: &wgpu::Adapter) -> Result<Self> {
        let timestamps = adapter.features() & wgpu::Features::TIMESTAMP_QUERY;
        let descriptor = wgpu::DeviceDescriptor {
            required_features: timestamps,
            required_limits: wgpu::Limits::default(),
            ..Default::default()
        };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(unavailable)?;
        let lost = Arc::new(Mutex::new(None));
        let heard = lost.clone();
        device.set_device_lost_callback(move |reason, message| {
            let reason = match reason {
                wgpu::DeviceLostReason::Destroyed => "it was destroyed".to_owned(),
                wgpu::DeviceLostReason::Unknown if message.is_empty() => "the platform gives no reason".to_owned(),
                wgpu::DeviceLostReason::Unknown => message,
            };
            heard.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        });
        #[allow(clippy::arc_with_non_send_sync, reason = "a page has one thread")]
        let device = Arc::new(Owned(device));
        Ok(Self {
            device,
            queue,
            adapter: describe(&adapter.get_info()),
            has_timestamps: !timestamps.is_empty(),
            lost,
            last_made: Cell::new(("", 0)),
            #[cfg(not(target_arch = "wasm32"))]
            most_bound: None,
        })
    }

    /// The error to report once the device is gone.
    pub(super) fn check(&self) -> Result<()> {
        match &*self.lost.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(reason) => Err(Error::BackendLost { reason: reason.clone() }),
        }
    }

    /// Whether the device is gone.
    pub(super) fn is_lost(&self) -> bool {
        self.check().is_err()
    }

    /// Gives the device up: what a crash does, on purpose.
    pub(super) fn destroy(&self) {
        self.device.destroy();
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert("it was destroyed".to_owned());
    }

    /// From here to [`ErrorScope::close`], the errors of the device are collected.
    pub(super) fn error_scope(&self) -> ErrorScope {
        let memory = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        ErrorScope { validation, memory }
    }

    /// What was collected, as a typed error about `kernel`, or about the last buffer made.
    ///
    /// # Errors
    /// `OutOfMemory`, `BackendFault`, `BackendLost`.
    pub(super) async fn check_scoped(&self, errors: ScopedErrors, kernel: &str) -> Result<()> {
        let (invalid, exhausted) = (errors.invalid.await, errors.exhausted.await);
        self.check()?;
        if exhausted.is_some() {
            let (name, bytes) = self.last_made.get();
            return Err(Error::OutOfMemory { name: name.to_owned(), bytes });
        }
        match invalid {
            None => Ok(()),
            Some(error) => Err(Error::BackendFault { kernel: kernel.to_owned(), reason: error.to_string() }),
        }
    }

    /// A buffer. Whether there was memory for it, the scope tells.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub(super) fn make(&self, name: &'static str, usage: wgpu::BufferUsages, size: u64) -> Result<wgpu::Buffer> {
        let is_bound = usage.contains(wgpu::BufferUsages::STORAGE);
        let limit = if is_bound { self.most_bound() } else { self.device.limits().max_buffer_size };
        if size > limit {
            return Err(Error::LimitExceeded { name: format!("bytes of {name}"), found: size, limit });
        }
        self.last_made.set((name, size));
        let descriptor = wgpu::BufferDescriptor { label: Some(name), size, usage, mapped_at_creation: false };
        Ok(self.device.create_buffer(&descriptor))
    }

    /// The most bytes a shader can be given in one piece.
    pub(super) fn most_bound(&self) -> u64 {
        let limits = self.device.limits();
        let most = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        #[cfg(not(target_arch = "wasm32"))]
        let most = most.min(self.most_bound.unwrap_or(u64::MAX));
        most
    }

    /// Lowers [`most_bound`](Self::most_bound).
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn set_most_bound(&mut self, bytes: u64) {
        self.most_bound = Some(bytes);
    }

    /// Waits until the front `bytes` of `buffer` can be read, and gives the buffer back to the device.
    ///
    /// # Errors
    /// `BackendLost`, `BackendFault`.
    pub(super) async fn read(&self, buffer: &wgpu::Buffer, bytes: u64) -> Result<Vec<u8>> {
        let slice = buffer.slice(..bytes);
        let (sender, mapped) = oneshot::channel();
        slice.map_async(wgpu::MapMode::Read, move |result| {
            // Nobody listens any more where the call was given up.
            let _ = sender.send(result.map_err(|error| error.to_string()));
        });
        self.wait()?;
        let result = mapped.await.unwrap_or_else(|_| Err("the device gave no answer".to_owned()));
        self.check()?;
        result.map_err(|reason| Error::BackendFault { kernel: "readback".to_owned(), reason })?;
        let view = slice
            .get_mapped_range()
            .map_err(|error| Error::BackendFault { kernel: "readback".to_owned(), reason: error.to_string() })?;
        let copy = view.to_vec();
        drop(view);
        buffer.unmap();
        Ok(copy)
    }

    /// On a browser the event loop brings the answer; elsewhere this thread waits for it.
    fn wait(&self) -> Result<()> {
        match self.device.poll(wgpu::PollType::wait_indefinitely()) {
            Ok(_) => {
                // Firefox looks after a pending map only when something is submitted or after 100 ms.
                #[cfg(target_arch = "wasm32")]
                self.queue.submit([]);
                Ok(())
            }
            Err(error) => {
                self.check()?;
                Err(Error::BackendFault { kernel: "readback".to_owned(), reason: error.to_string() })
            }
        }
    }
}

/// Two open error scopes.
pub(super) struct ErrorScope {
    // In the order in which they end: the one opened last first.
    validation: wgpu::ErrorScopeGuard,
    memory: wgpu::ErrorScopeGuard,
}

impl ErrorScope {
    /// Ends the scopes; their errors come later.
    pub(super) fn close(self) -> ScopedErrors {
        ScopedErrors { invalid: Box::pin(self.validation.pop()), exhausted: Box::pin(self.memory.pop()) }
    }
}

/// The errors of two scopes, once they are known.
pub(super) struct ScopedErrors {
    invalid: Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>,
    exhausted: Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>,
}

/// The way to the adapters.
pub(super) fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        // Natively, too, nothing is allowed that a browser would refuse.
        flags: wgpu::InstanceFlags::default() | wgpu::InstanceFlags::STRICT_WEBGPU_COMPLIANCE,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: impl std::fmt::Display) -> Error {
    Error::BackendUnavailable { reason: error.to_string() }
}

pub(super) fn describe(info: &wgpu::AdapterInfo) -> String {
    let api = match info.backend {
        wgpu::Backend::BrowserWebGpu => "WebGPU",
        wgpu::Backend::Vulkan => "Vulkan",
        wgpu::Backend::Metal => "Metal",
        wgpu::Backend::Dx12 => "DirectX 12",
        _ => "",
    };
    let name = [&info.name, &info.driver_info, &info.driver].into_iter().find(|name| !name.is_empty());
    format!("{}, {api}", name.map_or("unnamed adapter", String::as_str))
}
