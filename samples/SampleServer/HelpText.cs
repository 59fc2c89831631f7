namespace IdleHands.Samples.SampleServer;

internal static class HelpText
{
    public const string Text =
        """
        sample-server: looks like llama-server from outside, needs no model and no GPU.

        It refuses connections, then answers 503 to every path while it "loads", then serves /health, /v1/models, /slots
        and /v1/chat/completions (text that echoes the last message). Times are in seconds and may be fractions.

        As in llama-server
          -m, --model FILE           a file that starts with the bytes GGUF; nothing else of it is read
          --host ADDRESS             default 127.0.0.1; 0.0.0.0 and :: are taken, but only loopback is bound
          --port N                   default 8080
          -a, --alias A,B            names in /v1/models; the alphabetically first is the id
          --api-key K,L              asked for on every path but /health and /v1/health; also from LLAMA_API_KEY
          -dev, --device NAME        the device that its log says to hold the model; default CPU
          -c, --ctx-size N           a longer prompt is answered with 400; default 4096
          -np, --parallel N          slots, so replies at a time; later requests wait for a free one; default 1
          --no-slots                 /slots answers 501
          Other common options are accepted and logged; an unknown one ends it with 1.

        Behaviour
          --load-time T              how long it answers 503; default 0
          --load-until FILE          and goes on with it until this file is there
          --quiet-load               logs nothing while loading
          --tokens-per-second N      pace of replies; default 100
          --guise ENGINE ...         takes the command line of llama-server, vllm, sglang, ollama, koboldcpp, mlx-lm or
                                     docker run behind it, and serves as that does; ollama: --pulled TAG behind it
          --lifetime T               it always ends by itself after this long; default 600

        Faults
          --crash-after T            crashes T after the start while still loading, whatever --load-time says
          --die-after T              crashes T after becoming ready
          --die-on FILE              crashes once it is ready and this file is there
          --crash-code N             exit code of a crash; default 134
          --crash-message TEXT       what a crash writes to its log
          --hang PATH                never answers this path; may be repeated
          --ignore-term              SIGTERM and SIGINT are logged and ignored
          --html                     answers every path with 200 and HTML, as a web app does
          --model-id ID              /v1/models shows this id instead of the right one
          --early-models             /v1/models answers 200 while the model still loads

        """;
}
