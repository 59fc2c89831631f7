namespace IdleHands.Samples.SampleServer;

/// <summary>
/// Options of llama-server that start commands commonly carry and that change nothing here. Any other is refused, as
/// llama-server refuses what it doesn't know.
/// </summary>
internal static class LlamaOptions
{
    public static bool IsFlag(string name) => name is
        "--mlock" or "--no-mmap" or "--mmap" or "--no-direct-io" or "--jinja" or "--no-jinja"
        or "--webui" or "--no-webui" or "--metrics" or "--props"
        or "-cb" or "--cont-batching" or "-nocb" or "--no-cont-batching"
        or "--embedding" or "--embeddings" or "--rerank" or "--reranking"
        or "--warmup" or "--no-warmup" or "-v" or "--verbose" or "--log-verbose" or "--log-disable"
        or "--log-prefix" or "--log-timestamps" or "--swa-full" or "--context-shift" or "--no-context-shift"
        or "-nkvo" or "--no-kv-offload" or "-kvo" or "--kv-offload" or "-kvu" or "--kv-unified" or "--no-kv-unified"
        or "-cmoe" or "--cpu-moe" or "-nr" or "--no-repack" or "--no-op-offload" or "--check-tensors" or "--offline"
        or "-sp" or "--special" or "--no-prefill-assistant" or "--cache-prompt" or "--no-cache-prompt"
        or "--no-mmproj" or "--no-mmproj-offload" or "--ignore-eos" or "--no-escape";

    public static bool TakesValue(string name) => name is
        "-ngl" or "--gpu-layers" or "--n-gpu-layers" or "-t" or "--threads" or "-tb" or "--threads-batch" or "--threads-http"
        or "-n" or "--predict" or "--n-predict" or "--keep" or "-b" or "--batch-size" or "-ub" or "--ubatch-size"
        or "-sm" or "--split-mode" or "-ts" or "--tensor-split" or "-mg" or "--main-gpu"
        or "-ctk" or "--cache-type-k" or "-ctv" or "--cache-type-v" or "-cram" or "--cache-ram"
        or "--cache-reuse" or "-ncmoe" or "--n-cpu-moe" or "-ot" or "--override-tensor" or "--override-kv" or "--rpc"
        or "--chat-template" or "--chat-template-file" or "--chat-template-kwargs" or "--reasoning-format" or "--reasoning-budget"
        or "--temp" or "--top-k" or "--top-p" or "--min-p" or "--repeat-penalty" or "--repeat-last-n"
        or "--presence-penalty" or "--frequency-penalty" or "--samplers" or "-s" or "--seed"
        or "--rope-scaling" or "--rope-scale" or "--rope-freq-base" or "--rope-freq-scale" or "--yarn-orig-ctx"
        or "-mm" or "--mmproj" or "-mmu" or "--mmproj-url" or "-md" or "--model-draft" or "-cd" or "--ctx-size-draft"
        or "-ngld" or "--gpu-layers-draft" or "--draft" or "--draft-max" or "--draft-min" or "--draft-p-min"
        or "--lora" or "--lora-scaled" or "--control-vector" or "-to" or "--timeout" or "--api-prefix" or "--path"
        or "--slot-save-path" or "-sps" or "--slot-prompt-similarity" or "--numa" or "--prio" or "--poll"
        or "-C" or "--cpu-mask" or "--pooling" or "-lv" or "--verbosity" or "--log-verbosity" or "--log-file" or "--log-colors"
        or "--ctx-checkpoints" or "-fit" or "--fit" or "--grammar" or "--grammar-file" or "-j" or "--json-schema";
}
