using static IdleHands.FailureWord;

namespace IdleHands.Core.Tests.Execution;

/// <summary>Ends of logs as servers, shells and systems write them, with the exit code they end with and the cause they tell of.</summary>
internal static class FailureLogs
{
    /// <summary>The source of the model that the logs are of.</summary>
    public const string Source = "/models/Qwen3-8B-Q4_K_M.gguf";

    private const string LlamaEnd = """
        llama_model_load: error loading model: llama_model_loader: failed to load model from /models/Qwen3-8B-Q4_K_M.gguf
        llama_model_load_from_file_impl: failed to load model
        common_init_from_params: failed to load model '/models/Qwen3-8B-Q4_K_M.gguf'
        srv    load_model: failed to load model, '/models/Qwen3-8B-Q4_K_M.gguf'
        srv    operator(): operator(): cleaning up before exit...
        main: exiting due to model loading error
        """;

    /// <summary>What each cause looks like.</summary>
    public static readonly (string Word, int? ExitCode, string Log)[] Telling =
    [
        (ModelFileMissing, 1, "gguf_init_from_file: failed to open GGUF file '/models/Qwen3-8B-Q4_K_M.gguf' (No such file or directory)\n" + LlamaEnd),
        (ModelFileMissing, 1, "gguf_init_from_file: failed to open GGUF file '/models/Qwen3-8B-Q4_K_M-00002-of-00003.gguf'\n" + LlamaEnd),
        (ModelFileMissing, 2, "***\nWelcome to KoboldCpp - Version 1.98\nLoading Text Model: /models/Qwen3-8B-Q4_K_M.gguf\nCannot find text model file: /models/Qwen3-8B-Q4_K_M.gguf"),
        (ModelFileMissing, 1, """
            (APIServer pid=7) Traceback (most recent call last):
            (APIServer pid=7)   File "/opt/venv/bin/vllm", line 8, in <module>
            (APIServer pid=7) OSError: qwen/qwen3-9b is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'
            (APIServer pid=7) If this is a private repository, make sure to pass a token having permission to this repo.
            """),
        (ModelFileMissing, 1, "Traceback (most recent call last):\n  File \"serve.py\", line 3, in <module>\nFileNotFoundError: [Errno 2] No such file or directory: '/models/Qwen3-8B-Q4_K_M.gguf'"),
        (ModelFileMissing, 1, "pulling manifest\nError: pull model manifest: file does not exist"),

        (ModelFileCorrupt, 1, "gguf_init_from_file_impl: invalid magic characters: 'vers', expected 'GGUF'\n" + LlamaEnd),
        (ModelFileCorrupt, 1, "llama_model_load: error loading model: tensor 'blk.31.ffn_down.weight' data is not within the file bounds, model is corrupted or incomplete\n" + LlamaEnd),
        (ModelFileCorrupt, 1, "gguf_init_from_file_impl: failed to read key-value pairs\n" + LlamaEnd),
        (ModelFileCorrupt, 1, "ERROR 08-02 11:02:33 [core.py:632] safetensors_rust.SafetensorError: Error while deserializing header: MetadataIncompleteBuffer\nERROR 08-02 11:02:33 [core.py:632] EngineCore failed to start."),
        (ModelFileCorrupt, 1, "Error: invalid file magic"),
        (ModelFileCorrupt, 3, "Identified as GGUF model.\nUnknown Model, cannot load.\nLoad Text Model OK: False"),

        (ModelNotSupported, 1, "llama_model_load: error loading model: error loading model architecture: unknown model architecture: 'qwen4moe'\n" + LlamaEnd),
        (ModelNotSupported, 1, "gguf_init_from_file_impl: tensor 'blk.0.ffn_down_exps.weight' has invalid ggml type 39 (NONE)\ngguf_init_from_file_impl: failed to read tensor info\n" + LlamaEnd),
        (ModelNotSupported, 1, "ValueError: The checkpoint you are trying to load has model type `qwen4` but Transformers does not recognize this architecture."),
        (ModelNotSupported, 1, "ValueError: Model architectures ['Qwen4ForCausalLM'] are not supported for now. Supported architectures: dict_keys(['LlamaForCausalLM'])"),

        (PortInUse, 1, "start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080\nmain: exiting due to HTTP server error"),
        (PortInUse, 1, "INFO 08-01 10:00:00 [api_server.py:1234] vLLM API server version 0.10\nERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use\nINFO:     Waiting for application shutdown."),
        (PortInUse, 1, "Error: listen tcp 127.0.0.1:11434: bind: address already in use"),
        (PortInUse, 125, "docker: Error response from daemon: driver failed programming external connectivity on endpoint llama (0123abcd): Bind for 0.0.0.0:8080 failed: port is already allocated."),
        (PortInUse, 1, "OSError: [WinError 10048] Only one usage of each socket address (protocol/network address/port) is normally permitted"),
        (PortInUse, 1, "OSError: [Errno 48] Address already in use"),

        (OutOfDeviceMemory, 1, """
            load_tensors: loading model tensors, this can take a while... (mmap = true)
            ggml_backend_cuda_buffer_type_alloc_buffer: allocating 20000.00 MiB on device 0: cudaMalloc failed: out of memory
            alloc_tensor_range: failed to allocate CUDA0 buffer of size 20971520000
            llama_model_load: error loading model: unable to allocate CUDA0 buffer

            """ + LlamaEnd),
        (OutOfDeviceMemory, 1, "ggml_vulkan: Device memory allocation of size 4697620480 failed.\nggml_vulkan: Requested buffer size exceeds device memory allocation limit: ErrorOutOfDeviceMemory\nllama_model_load: error loading model: unable to allocate Vulkan0 buffer\n" + LlamaEnd),
        (OutOfDeviceMemory, 134, "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 9216.00 MiB on device 0: cudaMalloc failed: out of memory\nggml_gallocr_reserve_n_impl: failed to allocate ROCm0 buffer of size 9663676416\n/ggml/src/ggml-backend.cpp:1694: GGML_ASSERT(buffer) failed\nAborted (core dumped)"),
        (OutOfDeviceMemory, 134, "ggml_metal_synchronize: error: command buffer 0 failed with status 5\nerror: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory)\nWARNING: Using native backtrace. Set GGML_BACKTRACE_LLDB for more info."),
        (OutOfDeviceMemory, 1, """
            (EngineCore_0 pid=99) ERROR 08-01 10:00:00 [core.py:700] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.53 GiB of which 1.03 GiB is free.
            (EngineCore_0 pid=99) ERROR 08-01 10:00:00 [core.py:700]
            (APIServer pid=7) RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}
            """),
        (OutOfDeviceMemory, 1, "ValueError: Free memory on device cuda:0 (3.25/23.43 GiB) on startup is less than desired GPU memory utilization (0.9, 21.09 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes."),
        (OutOfDeviceMemory, 1, "ValueError: To serve at least one request with the models's max seq len (40960), (10.00 GiB KV cache is needed, which is larger than the available KV cache memory (1.25 GiB)."),
        (OutOfDeviceMemory, 137, "[2025-03-29 18:18:34 TP0] Scheduler hit an exception: Traceback (most recent call last):\nRuntimeError: Not enough memory. Please try to increase --mem-fraction-static.\n[2025-03-29 18:18:34] Received sigquit from a child process. It usually means the child failed."),
        (OutOfDeviceMemory, 1, "Error: llama runner process has terminated: cudaMalloc failed: out of memory"),
        (OutOfDeviceMemory, 1, "ggml_cuda_init: found 1 CUDA devices:\nllama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache"),

        (OutOfHostMemory, 1, "alloc_tensor_range: failed to allocate CPU buffer of size 68719476736\nllama_model_load: error loading model: unable to allocate CPU buffer\n" + LlamaEnd),
        (OutOfHostMemory, 134, "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\nAborted (core dumped)"),
        (OutOfHostMemory, 134, "/ggml/src/ggml.c:1570: GGML_ASSERT(ctx->mem_buffer != NULL) failed\nAborted (core dumped)"),
        (OutOfHostMemory, 1, "Error: model requires more system memory (9.9 GiB) than is available (7.6 GiB)"),
        (OutOfHostMemory, 1, "RuntimeError: [enforce fail at alloc_cpu.cpp:75] . DefaultCPUAllocator: not enough memory: you tried to allocate 151781376 bytes."),
        (OutOfHostMemory, 137, "[ 1234.5] Out of memory: Killed process 4242 (llama-server) total-vm:70123456kB"),
        (OutOfHostMemory, 1, "OSError: [WinError 1455] The paging file is too small for this operation to complete"),
        (OutOfHostMemory, unchecked((int)0xC0000017), string.Empty),

        (UnknownOption, 1, "error: invalid argument: --flash-attention"),
        (UnknownOption, 1, "error while handling argument \"--port\": stoi\n\nusage:\n-p, --port PORT  port to listen (default: 8080)"),
        (UnknownOption, 2, "usage: vllm serve [model_tag] [options]\nvllm serve: error: argument --dtype: invalid choice: 'q4' (choose from 'auto', 'half', 'float16')"),
        (UnknownOption, 2, "usage: koboldcpp.py [-h] [--model [filenames] [[filenames] ...]]\nkoboldcpp.py: error: unrecognized arguments: --ctx-size"),
        (UnknownOption, 125, "unknown flag: --gpu\nSee 'docker run --help'."),
        (UnknownOption, 1, "Error: unknown flag: --port"),

        (CommandNotFound, 127, "sh: 1: llama-server: not found"),
        (CommandNotFound, 127, "bash: line 1: /opt/llama/llama-server: No such file or directory"),
        (CommandNotFound, 127, "zsh:1: command not found: llama-server"),
        (CommandNotFound, 127, "docker: Error response from daemon: failed to create task for container: exec: \"llama-serve\": executable file not found in $PATH: unknown."),
        (CommandNotFound, 1, "llama-server: The term 'llama-server' is not recognized as a name of a cmdlet, function, script file, or executable program.\nCheck the spelling of the name, or if a path was included, verify that the path is correct and try again."),
        (CommandNotFound, 9009, "'llama-server' is not recognized as an internal or external command,\noperable program or batch file."),
        (CommandNotFound, 1, "/usr/bin/python3: No module named vllm"),

        (NotExecutable, 126, "sh: 1: /opt/llama-server: Permission denied"),
        (NotExecutable, 126, "bash: line 1: /opt/llama-server: cannot execute binary file: Exec format error"),
        (NotExecutable, 127, "bash: line 1: /opt/llama-server: cannot execute: required file not found"),
        (NotExecutable, 1, "zsh: bad CPU type in executable: /opt/llama-server"),
        (NotExecutable, 1, "Program 'llama-server.exe' failed to run: An error occurred trying to start process: The specified executable is not a valid application for this OS platform."),

        (LibraryMissing, 127, "/opt/llama-server: error while loading shared libraries: libcudart.so.12: cannot open shared object file: No such file or directory"),
        (LibraryMissing, 127, "/opt/llama-server: symbol lookup error: /opt/libllama.so: undefined symbol: ggml_backend_dev_init"),
        (LibraryMissing, 134, "dyld[4711]: Library not loaded: @rpath/libggml.dylib\n  Referenced from: /opt/llama-server\n  Reason: tried: '/usr/lib/libggml.dylib' (no such file)"),
        (LibraryMissing, 1, "/opt/llama-server: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /opt/llama-server)"),
        (LibraryMissing, unchecked((int)0xC0000135), string.Empty),

        (PermissionDenied, 1, "gguf_init_from_file: failed to open GGUF file '/models/Qwen3-8B-Q4_K_M.gguf' (Permission denied)\n" + LlamaEnd),
        (PermissionDenied, 1, "PermissionError: [Errno 13] Permission denied: '/root/.cache/huggingface/hub'"),
        (PermissionDenied, 126, "docker: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"),
        (PermissionDenied, 1, "ggml_cuda_init: failed to initialize ROCm: no ROCm-capable device is detected\nUnable to open /dev/kfd read-write: Permission denied"),
        (PermissionDenied, 1, "huggingface_hub.errors.GatedRepoError: 401 Client Error.\nAccess to model meta-llama/Llama-3.1-8B is restricted. You must have access to it and be authenticated to access it."),
        (PermissionDenied, 1, "Error: listen tcp 127.0.0.1:80: bind: permission denied"),
        (PermissionDenied, unchecked((int)0xC0000022), string.Empty),

        (Killed, 137, "load_tensors: loading model tensors, 57 %"),
        (Killed, 137, string.Empty),
        (Killed, null, "/home/me/serve.sh: line 4: 12345 Killed                  llama-server -m /models/Qwen3-8B-Q4_K_M.gguf"),

        ("ended by signal 11 (SIGSEGV)", 139, "load_tensors: loading model tensors, 57 %\nSegmentation fault (core dumped)"),
        ("ended by signal 11 (SIGSEGV)", null, "./serve.sh: line 4: 12345 Segmentation fault      (core dumped) llama-server"),
        ("ended by signal 4 (SIGILL)", 132, "Illegal instruction (core dumped)"),
        ("ended by signal 6 (SIGABRT)", 134, "/ggml/src/ggml-backend.cpp:1: GGML_ASSERT(buffer) failed\nAborted (core dumped)"),
        ("ended by signal 15 (SIGTERM)", 143, "srv    operator(): operator(): cleaning up before exit..."),
        ("ended by signal 34", 162, string.Empty),
        ("ended by exception 0xC0000005 (access violation)", unchecked((int)0xC0000005), "load_tensors: loading model tensors, 57 %"),
        ("ended by exception 0xC0000409 (abort)", unchecked((int)0xC0000409), string.Empty),
        ("ended by exception 0xC0001234", unchecked((int)0xC0001234), string.Empty),

        (Unknown, 1, "something went wrong"),
        (Unknown, null, string.Empty),
        (Unknown, 1, "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}"),
        (Unknown, -1, string.Empty),
        (Unknown, 1, "llama_model_loader: loaded meta data\n" + LlamaEnd),
    ];

    /// <summary>Logs with a line that looks like another cause than the right one.</summary>
    public static readonly (string Word, int? ExitCode, string Log)[] NearMisses =
    [
        // A file of its settings that isn't there does no harm; the memory does.
        (OutOfDeviceMemory, 1, "failed to open /home/me/.config/llama.ini: No such file or directory\nload_tensors: loading\ncudaMalloc failed: out of memory\n" + LlamaEnd),
        (OutOfDeviceMemory, 1, "cudaMalloc failed: out of memory\ncould not read /tmp/llama.lock: No such file or directory\n" + LlamaEnd),
        (Unknown, 1, "open /etc/llama/presets.json: No such file or directory\nsrv: unexpected end"),
        (Unknown, 1, "bash: line 1: cd: /srv/models: No such file or directory\nsrv: unexpected end"),

        // What it goes on after.
        (Unknown, 1, "warning: failed to mlock 4096000-byte buffer (after previously locking 0 bytes): Cannot allocate memory\nsrv: unexpected end"),
        (Unknown, 1, "ggml_cuda_host_malloc: failed to allocate 1024.00 MiB of pinned memory: out of memory\nsrv: unexpected end"),
        (Unknown, 1, "ggml_vulkan: Failed to allocate pinned memory.\nggml_vulkan: vk::Device::allocateMemory: ErrorOutOfDeviceMemory\nsrv: unexpected end"),
        (Unknown, 1, "INFO 08-01 10:00:00 [utils.py:400] Port 8000 is already in use, trying port 8001\nRuntimeError: something else"),
        (Unknown, 1, "WARNING: Error loading config file: /root/.docker/config.json: open /root/.docker/config.json: permission denied\nsrv: unexpected end"),
        (Unknown, 1, "time=2026-01-01T10:00:00.000Z level=WARN source=gpu.go:42 msg=\"CUDA out of memory, trying the next library\"\nError: something else"),
        (Unknown, 1, "[W socket.cpp:464] [c10d] The server socket has failed to bind to [::]:29500 (errno: 98 - Address already in use).\nRuntimeError: something else"),
        (ModelFileCorrupt, 1, "INFO 08-01 10:00:00 [utils.py:400] Port 8000 is already in use, trying port 8001\nError while deserializing header: HeaderTooLarge"),

        // A mark that harmless lines have too, too far from the end.
        (Unknown, 1, "cat: /etc/llama.env: Permission denied\n" + string.Concat(Enumerable.Range(1, 20).Select(line => $"load_tensors: line {line}\n"))),
        (Unknown, 1, "serve.sh: line 2: nvidia-smi: command not found\n" + string.Concat(Enumerable.Range(1, 20).Select(line => $"load_tensors: line {line}\n"))),

        // What comes last counts.
        (PortInUse, 1, "cudaMalloc failed: out of memory\nretry without the GPU\nstart: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080"),
        (OutOfDeviceMemory, 1, "serve.sh: line 2: nvidia-smi: command not found\ncudaMalloc failed: out of memory"),
        (CommandNotFound, 127, "cat: /models/Qwen3-8B-Q4_K_M.gguf: No such file or directory\nsh: 2: llama-server: not found"),

        // What it said before it was ended tells more than how.
        (OutOfDeviceMemory, 139, "cudaMalloc failed: out of memory\nSegmentation fault (core dumped)"),
        ("ended by signal 11 (SIGSEGV)", 139, "cat: /etc/llama.env: Permission denied\nSegmentation fault (core dumped)"),
        (OutOfHostMemory, 134, "llama: out of memory\nAborted (core dumped)"),

        // Host memory that a device driver asks for.
        (OutOfHostMemory, 1, "ggml_gallocr_reserve_n_impl: failed to allocate CUDA_Host buffer of size 1073741824\n" + LlamaEnd),
    ];
}
