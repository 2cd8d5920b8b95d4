// A scheduler in Rust over the C contract, without the standard library: rate = base / (t + 1).
#![no_std]
#![allow(non_upper_case_globals)]

use core::ffi::{c_char, c_void};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

macro_rules! text {
    () => {
        "kind = \"scheduler\"\nid = \"rusty\"\nversion = \"1.0.0\"\nsummary = \"the base rate over t + 1\"\nunit = \"epoch\"\n\0"
    };
}
const SIZE: usize = text!().len();
const PADDED: usize = (SIZE + 3) / 4 * 4;

#[repr(C, align(4))]
pub struct Note {
    name_size: u32,
    description_size: u32,
    kind: u32,
    name: [u8; 8],
    description: [u8; PADDED],
}

const fn padded(text: &str) -> [u8; PADDED] {
    let mut bytes = [0; PADDED];
    let mut i = 0;
    while i < text.len() {
        bytes[i] = text.as_bytes()[i];
        i += 1;
    }
    bytes
}

#[used]
#[link_section = ".note.treino"]
static note: Note =
    Note { name_size: 7, description_size: SIZE as u32, kind: 1, name: *b"Treino\0\0", description: padded(text!()) };

#[repr(C)]
pub struct ScheduleValue {
    rate: f64,
    momentum: f64,
}

type Create = extern "C" fn(*const c_void, *const c_void, u32, *mut *mut c_void, *mut c_void) -> i32;
type Rate = extern "C" fn(*mut c_void, u64, f64, *mut ScheduleValue, *mut c_void) -> i32;

#[repr(C)]
pub struct Lifecycle {
    size: u32,
    state_version: u32,
    create: Create,
    destroy: extern "C" fn(*mut c_void),
    save: usize,
    load: usize,
    extension: usize,
}

#[repr(C)]
pub struct Scheduler {
    size: u32,
    reserved: u32,
    prepare: usize,
    rate: Rate,
}

#[repr(C)]
pub struct Component {
    size: u32,
    reserved: u32,
    kind: *const c_char,
    description: *const c_char,
    lifecycle: &'static Lifecycle,
    functions: &'static Scheduler,
}
unsafe impl Sync for Component {}

#[repr(C)]
pub struct Plugin {
    size: u32,
    abi_major: u32,
    built_minor: u32,
    needed_minor: u32,
    component_count: u32,
    reserved: u32,
    components: &'static [&'static Component; 1],
}

extern "C" fn create(_: *const c_void, _: *const c_void, _: u32, instance: *mut *mut c_void, _: *mut c_void) -> i32 {
    static here: u8 = 0;
    unsafe { *instance = &here as *const u8 as *mut c_void };
    0
}

extern "C" fn destroy(_: *mut c_void) {}

extern "C" fn rate(_: *mut c_void, t: u64, base: f64, value: *mut ScheduleValue, _: *mut c_void) -> i32 {
    unsafe { (*value).rate = base / (t as f64 + 1.0) };
    0
}

static lifecycle: Lifecycle = Lifecycle { size: 48, state_version: 1, create, destroy, save: 0, load: 0, extension: 0 };
static scheduler: Scheduler = Scheduler { size: 24, reserved: 0, prepare: 0, rate };
static component: Component = Component {
    size: 40,
    reserved: 0,
    kind: "scheduler\0".as_ptr() as *const c_char,
    description: text!().as_ptr() as *const c_char,
    lifecycle: &lifecycle,
    functions: &scheduler,
};
static components: [&Component; 1] = [&component];

#[no_mangle]
pub static treino_plugin_v0: Plugin = Plugin {
    size: 32,
    abi_major: 0,
    built_minor: 4,
    needed_minor: 4,
    component_count: 1,
    reserved: 0,
    components: &components,
};
