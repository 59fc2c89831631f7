using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using IdleHands.Configuration;

namespace IdleHands.Benchmarks;

/// <summary>
/// What a program would do that has the configuration in memory and wants it in a file, safely: write indented JSON with
/// Utf8JsonWriter into a buffer, the buffer into a temporary file beside the target, flush it to disk, and rename it. No
/// lock, nothing read, nothing validated.
/// </summary>
internal static class HandWrittenFile
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Replace(string path, RuntimeConfiguration configuration)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            Write(json, configuration);
        }

        string temporary = path + ".tmp";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(buffer.WrittenSpan);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    private static void Write(Utf8JsonWriter json, RuntimeConfiguration configuration)
    {
        json.WriteStartObject();
        json.WriteString("$schema", "./" + ConfigurationSchema.FileName);
        json.WriteNumber("schema_version", RuntimeConfiguration.SchemaVersion);
        WriteList(json, "hosts", configuration.Hosts, WriteHost);
        WriteList(json, "backends", configuration.Backends, WriteBackend);
        WriteList(json, "models", configuration.Models, WriteModel);
        json.WriteEndObject();
    }

    private static void WriteList<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> entries, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (T entry in entries)
        {
            json.WriteStartObject();
            write(json, entry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteHost(Utf8JsonWriter json, RuntimeHost host)
    {
        json.WriteString("id", host.Id);
        json.WriteString("display_name", host.DisplayName);
        json.WriteBoolean("enabled", host.Enabled);
        json.WriteString("transport", host.Transport);
        WriteText(json, "shell", host.Shell);
        if (host.HostName is not null)
        {
            json.WriteStartObject("connection");
            WriteText(json, "host", host.HostName);
            WriteText(json, "user", host.UserName);
            WriteText(json, "key_path", host.KeyPath);
            WriteNames(json, "options", host.SshOption);
            json.WriteEndObject();
        }

        json.WriteStartObject("capabilities");
        WriteNames(json, "gpu", host.Gpu);
        json.WriteNumber("vram_gb", host.VramGB!.Value);
        json.WriteEndObject();
        json.WriteStartObject("health");
        WriteText(json, "check_cmd", host.CheckCommand);
        json.WriteEndObject();
        json.WriteStartObject("model_control");
        WriteText(json, "stop_cmd", host.StopCommand);
        json.WriteEndObject();
    }

    private static void WriteBackend(Utf8JsonWriter json, RuntimeBackend backend)
    {
        json.WriteString("id", backend.Id);
        json.WriteString("display_name", backend.DisplayName);
        json.WriteBoolean("enabled", backend.Enabled);
        json.WriteString("type", backend.Type);
        WritePolicy(json, "host_filters", backend.HostFilter);
        WriteText(json, "verify_cmd", backend.VerifyCommand);
        json.WriteStartObject("env");
        foreach ((string name, string value) in backend.Environment!)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        WriteNames(json, "args", backend.Argument);
    }

    private static void WriteModel(Utf8JsonWriter json, RuntimeModel model)
    {
        json.WriteString("id", model.Id);
        json.WriteString("display_name", model.DisplayName);
        json.WriteBoolean("enabled", model.Enabled);
        json.WriteString("source", model.Source);
        WritePolicy(json, "host_policy", model.HostPolicy);
        WritePolicy(json, "backend_policy", model.BackendPolicy);
        json.WriteStartObject("launch");
        json.WriteString("start_cmd", model.StartCommand);
        json.WriteEndObject();
        json.WriteStartObject("runtime_defaults");
        json.WriteNumber("port", model.Port!.Value);
        json.WriteNumber("context_window", model.ContextWindow!.Value);
        json.WriteNumber("max_tokens", model.MaxTokens!.Value);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WritePolicy(Utf8JsonWriter json, string name, IdPolicy policy)
    {
        if (policy.IsAny)
        {
            json.WriteString(name, IdPolicy.AnyWord);
        }
        else
        {
            WriteNames(json, name, policy);
        }
    }

    private static void WriteNames(Utf8JsonWriter json, string name, IReadOnlyList<string>? values)
    {
        if (values is null)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
