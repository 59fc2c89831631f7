using static IdleHands.FailureWord;

namespace IdleHands.Execution;

/// <summary>
/// By what the log of a failed launch tells why it failed: all of what is known, as data. A mark is in lower case;
/// <c>…</c> stands for anything between two parts of it, and <see cref="ModelPart"/> in front for a line that names the
/// model's source or its file.
/// </summary>
/// <remarks>
/// Taken from llama.cpp, vLLM, SGLang, Ollama, KoboldCpp, MLX, PyTorch, Hugging Face, Docker, and the shells, loaders
/// and systems below them.
/// </remarks>
internal static class FailureMarks
{
    /// <summary>In front of a mark: the line must name the model.</summary>
    public const string ModelPart = "<model>";

    /// <summary>Stands for either memory: which one, the rest of the log tells.</summary>
    public const string EitherMemory = "out of memory";

    /// <summary>Marks that hold whatever code a shell gives: the loader and Docker give the same for other reasons.</summary>
    public static readonly (string Word, string[] Marks)[] Certain =
    [
        (NotExecutable,
        [
            "exec format error", "cannot execute binary file", "cannot execute: required file not found", "bad cpu type in executable",
            "is not a valid win32 application", "not a valid application for this os platform",
        ]),
        (LibraryMissing,
        [
            "error while loading shared libraries", "symbol lookup error", "library not loaded:", "modulenotfounderror: no module named",
            "dll load failed while importing", "version `glibc…not found", "version `glibcxx…not found",
        ]),
        (PermissionDenied, ["permission denied while trying to connect to the docker"]),
    ];

    /// <summary>Marks that leave little doubt; the last line that has one counts.</summary>
    public static readonly (string Word, string[] Marks)[] Strong =
    [
        (ModelFileMissing,
        [
            "<model>no such file or directory", "<model>does not exist", "<model>not found", "<model>cannot find the file", "<model>cannot find the path",
            "failed to open gguf file…no such file", "failed to open gguf file…is a directory", "failed to open gguf file",
            "cannot find text model file", "pull model manifest: file does not exist", "not found, try pulling it first",
            "is not a local folder and is not a valid model", "invalid repository id or local directory", "repositorynotfounderror",
            "repository not found for url", "can't load the configuration of", "cannot find any model weights", "no safetensors found",
        ]),
        (ModelFileCorrupt,
        [
            "invalid magic characters", "invalid magic number", "invalid file magic", "bad magic", "failed to read magic",
            "data is not within the file bounds", "model is corrupted or incomplete", "unexpectedly reached end of file",
            "mismatch between the host and model endianness", "unknown model, cannot load", "digest mismatch",
            "error while deserializing header", "safetensorerror", "failed finding central directory", "invalid load key",
        ]),
        (ModelNotSupported,
        [
            "unknown model architecture", "unsupported model architecture", "does not recognize this architecture",
            "model architectures…are not supported", "has no vllm implementation", "unknown pre-tokenizer type", "invalid ggml type",
            "unsupported file version", "wrong number of tensors; expected", "error loading model: missing tensor", "model type…not supported",
        ]),
        (PortInUse,
        [
            "couldn't bind", "could not bind", "address already in use", "eaddrinuse", "[errno 98]", "[errno 48]", "winerror 10048",
            "only one usage of each socket address", "port is already allocated", "ports are not available", "port…is already in use",
        ]),
        (OutOfHostMemory,
        [
            "bad_alloc", "defaultcpuallocator", "unable to allocate cpu", "failed to allocate cpu", "cpu_buffer_type_alloc_buffer: failed",
            "insufficient memory (attempted to allocate", "ctx->mem_buffer != null", "failed to allocate…_host buffer", "outofhostmemory",
            "out_of_host_memory", "requires more system memory", "cannot allocate memory", "[errno 12]", "memoryerror", "out of memory: killed process",
            "oom-kill", "oomkilled", "runtime: out of memory", "system.outofmemoryexception", "winerror 1455", "winerror 8]", "paging file is too small",
        ]),
        (OutOfDeviceMemory,
        [
            "cudamalloc failed", "hipmalloc failed", "cuda error…out of memory", "hip error…out of memory", "cuda out of memory", "hip out of memory",
            "xpu out of memory", "mps backend out of memory", "outofmemoryerror", "cuda_error_out_of_memory", "hiperroroutofmemory",
            "cudaerrormemoryallocation", "cublas_status_alloc_failed", "outofdevicememory", "out_of_device_memory", "device memory allocation of size",
            "failed to allocate cuda", "failed to allocate rocm", "failed to allocate vulkan", "failed to allocate metal", "failed to allocate sycl",
            "unable to allocate cuda", "unable to allocate rocm", "unable to allocate vulkan", "unable to allocate metal", "unable to allocate sycl",
            "callbackerroroutofmemory", "ggml_metal…failed to allocate buffer", "no available memory for the cache blocks",
            "free memory on device…is less than desired", "kv cache is needed, which is larger than", "tokens that can be stored in kv cache",
            "please try to increase --mem-fraction-static", "insufficient vram", "not enough vram", "not enough gpu memory",
        ]),
        (UnknownOption,
        [
            "error: invalid argument:", "error: unknown argument", "unknown argument:", "error while handling argument", "unrecognized arguments:",
            "error: argument -", "the following arguments are required", "unknown flag:", "unknown shorthand flag:", "flag provided but not defined",
            "unrecognized option", "unknown option", "invalid option --", "illegal option --", "unexpected argument '", "no such option:",
            "a parameter cannot be found that matches parameter name",
        ]),
        (PermissionDenied,
        [
            "<model>permission denied", "<model>access is denied", "<model>operation not permitted", "failed to open gguf file…permission denied",
            "permissionerror: [errno 13]", "/dev/kfd…permission denied",
            "/dev/dri…permission denied", "/dev/nvidia…permission denied", "bind…permission denied", "gatedrepoerror", "a gated repo",
            "access to model…is restricted",
        ]),
    ];

    /// <summary>Marks that harmless lines have as well: they count in the last lines only, and where nothing else tells.</summary>
    public static readonly (string Word, string[] Marks)[] Weak =
    [
        (EitherMemory, ["out of memory", "insufficient memory", "failed to allocate buffer", "failed to allocate compute", "not enough memory"]),
        (CommandNotFound,
        [
            ": command not found", "command not found:", "sh: …: not found", "exec: …: not found",
            "env: …no such file or directory", "failed to run command…no such file", "executable file not found in", ": no module named",
            "is not recognized as a name of a cmdlet", "is not recognized as the name of a cmdlet", "is not recognized as an internal or external command",
        ]),
        (LibraryMissing, ["cannot open shared object file", "undefined symbol:", "importerror:", ".dll was not found", "unable to load dll"]),
        (NotExecutable, ["sh: …: permission denied", "failed to run command…permission denied", "exec: …: permission denied"]),
        (PermissionDenied, ["permission denied", "access is denied", "operation not permitted", "eacces", "access to the path…is denied", "401 client error"]),
        (ModelFileMissing, ["bind source path does not exist", "error: file does not exist"]),
        (ModelFileCorrupt, ["failed to read tensor info", "failed to read tensor data", "failed to read key-value pairs", "failed to read header"]),
        (Killed, ["line…killed", "signals.sigkill: 9"]),
        (EndedBySignal(11), ["segmentation fault", "segfault", "signals.sigsegv: 11"]),
        (EndedBySignal(4), ["illegal instruction"]),
        (EndedBySignal(7), ["bus error"]),
    ];

    /// <summary>
    /// What makes a line tell nothing: it says itself that it is no failure, or a program goes on after it. vLLM takes the
    /// next port, llama.cpp goes on without locked or pinned memory, Docker without its own configuration.
    /// </summary>
    public static readonly string[] Harmless =
    [
        "trying port", "trying another", "retrying", "will retry", "falling back", "mlock", "pinned memory", "host_malloc", "warning:", "[w socket",
        "level=warn", "level=info", "level=debug", "error loading config file",
    ];

    /// <summary>A line that follows a harmless one of this sort, and starts like it, tells the reason of that one.</summary>
    public const string HarmlessWithReason = "pinned memory";

    /// <summary>A log that has one of these is of a server that uses a device.</summary>
    public static readonly string[] DeviceNames = ["cuda", "rocm", "vulkan", "metal", "sycl", "vram"];

    /// <summary>Exit codes that shells give for what they could not start.</summary>
    public static readonly Dictionary<int, string> ShellCodes = new()
    {
        [126] = NotExecutable,
        [127] = CommandNotFound,
        [9009] = CommandNotFound,
    };

    /// <summary>Exit codes of Windows that say more than where it crashed.</summary>
    public static readonly Dictionary<uint, string> WindowsCodes = new()
    {
        [0xC0000017] = OutOfHostMemory,
        [0xC000009A] = OutOfHostMemory,
        [0xC000012D] = OutOfHostMemory,
        [0xC0000022] = PermissionDenied,
        [0xC000007B] = LibraryMissing,
        [0xC0000135] = LibraryMissing,
        [0xC0000138] = LibraryMissing,
        [0xC0000139] = LibraryMissing,
        [0xC0000142] = LibraryMissing,
    };

    /// <summary>
    /// What to do, by word. <c>&lt;id&gt;</c> is the model's id, <c>&lt;path&gt;</c> the path that the line names or the
    /// model's source, <c>&lt;port&gt;</c> and <c>&lt;next&gt;</c> the port and the one behind it, <c>&lt;context&gt;</c> a
    /// smaller context window.
    /// </summary>
    public static readonly Dictionary<string, string> Advice = new(StringComparer.Ordinal)
    {
        [ModelFileMissing] = "Look whether it is there (Get-Item '<path>', on its host), and set the right source: Set-IHModel <id> -Source PATH.",
        [ModelFileCorrupt] = "Compare it with the original (Get-FileHash '<path>', on its host), and download it again where they differ.",
        [ModelNotSupported] = "Update the server (Get-IHModel <id> | Format-List StartCommand shows which one), or take a model that it knows: Set-IHModel <id> -Source PATH.",
        [PortInUse] = "See what answers there: Test-IHHealth -ScanPorts <port>. Stop it, or take another port, such as: Set-IHModel <id> -Port <next>.",
        [OutOfDeviceMemory] = "See what holds the memory (nvidia-smi, or rocm-smi), and stop it; or ask for less: Set-IHModel <id> -ContextWindow <context>, fewer layers on the device, or a smaller quantization.",
        [OutOfHostMemory] = "See what holds the memory (Get-Process | Sort-Object WorkingSet64, on its host), and stop it; or ask for less: Set-IHModel <id> -ContextWindow <context>, or a smaller quantization.",
        [UnknownOption] = "Compare the start command (Get-IHModel <id> | Format-List StartCommand) with the server's --help, and correct it: Set-IHModel <id> -StartCommand COMMAND.",
        [CommandNotFound] = "Install the server on its host, or give its full path: Set-IHModel <id> -StartCommand '/full/path/to/server …'.",
        [NotExecutable] = "Make the program executable (chmod +x PROGRAM, on its host), or take a build for its processor: Set-IHModel <id> -StartCommand COMMAND.",
        [LibraryMissing] = "See which one (ldd PROGRAM on Linux, otool -L PROGRAM on macOS, on its host), install it, or say where it is: Set-IHBackend BACKEND -Environment @{ LD_LIBRARY_PATH = 'FOLDER' }.",
        [PermissionDenied] = "Look who may use it: ls -l '<path>' on its host; then give the user rights to it (chmod, chown, or the groups render and video for a GPU).",
        [Killed] = "Somebody killed it, or the kernel did for want of memory. On its host: journalctl -k --grep 'killed process', or dmesg | grep -i 'killed process'. Where it was memory: Set-IHModel <id> -ContextWindow <context>, or a smaller quantization.",
        [EndedBySignal(1)] = "Somebody told it to end. Start it again: Select-IHModel <id>.",
        [EndedBySignal(2)] = "Somebody told it to end. Start it again: Select-IHModel <id>.",
        [EndedBySignal(15)] = "Somebody told it to end. Start it again: Select-IHModel <id>.",
        [EndedByException(unchecked((int)0xC000013A))] = "Somebody told it to end. Start it again: Select-IHModel <id>.",
        [EndedBySignal(4)] = "Its build uses instructions that this processor lacks: take another build, and its path: Set-IHModel <id> -StartCommand COMMAND.",
        [EndedByException(unchecked((int)0xC000001D))] = "Its build uses instructions that this processor lacks: take another build, and its path: Set-IHModel <id> -StartCommand COMMAND.",
        [Unknown] = "The cause is not known here. Read its whole log (Get-IHLog <id>), or run its start command by hand: Get-IHModel <id> | Format-List StartCommand.",
    };

    /// <summary>What to do about a crash, which nothing above explains.</summary>
    public const string CrashAdvice = "A crash is the server's own fault. Read its whole log (Get-IHLog <id>), and try another build of it: Set-IHModel <id> -StartCommand COMMAND.";
}
