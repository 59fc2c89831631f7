using System.Text.Json;

namespace IdleHands.Samples.SampleServer;

/// <summary>The places in which replies are written, and the answer of <c>/slots</c>.</summary>
internal sealed class SlotTable(int count, int contextSize)
{
    private readonly Lock _gate = new();

    /// <summary>The number of the request that each slot works on; 0 for none.</summary>
    private readonly int[] _tasks = new int[count];

    private int _lastTask;

    /// <summary>Takes the first free slot; null when all are busy.</summary>
    public int? TryTake()
    {
        lock (_gate)
        {
            int slot = Array.IndexOf(_tasks, 0);
            if (slot < 0)
            {
                return null;
            }

            _tasks[slot] = ++_lastTask;
            return slot;
        }
    }

    public void Release(int slot)
    {
        lock (_gate)
        {
            _tasks[slot] = 0;
        }
    }

    public byte[] Write()
    {
        int[] tasks;
        lock (_gate)
        {
            tasks = [.. _tasks];
        }

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartArray();
            for (int slot = 0; slot < tasks.Length; slot++)
            {
                json.WriteStartObject();
                json.WriteNumber("id", slot);
                json.WriteNumber("n_ctx", contextSize);
                json.WriteBoolean("speculative", false);
                json.WriteBoolean("is_processing", tasks[slot] > 0);
                if (tasks[slot] > 0)
                {
                    json.WriteNumber("id_task", tasks[slot]);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return stream.ToArray();
    }
}
