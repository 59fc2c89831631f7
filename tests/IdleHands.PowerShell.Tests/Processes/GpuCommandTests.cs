using IdleHands.Hosts;
using IdleHands.Templates;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests.Processes;

/// <summary>How a host whose shell is pwsh is asked for the memory of its GPUs; functions stand for the tools.</summary>
public sealed class GpuCommandTests : ModuleTests
{
    private const string Nvidia = """
        function nvidia-smi {
            if ($args[1] -ne '--format=csv,noheader,nounits') { throw "unexpected: $args" }
            switch ($args[0]) {
                '--query-gpu=index,uuid,memory.used,memory.total' { '0, GPU-a, 20512, 24564' }
                '--query-compute-apps=pid,gpu_uuid,used_gpu_memory' { '4711, GPU-a, 18200' }
                default { throw "unexpected: $args" }
            }
        }

        """;

    private const string Rocm = """
        function rocm-smi {
            switch ("$args") {
                '--showmeminfo vram --json' { '{"card0": {"VRAM Total Memory (B)": "17163091968", "VRAM Total Used Memory (B)": "12884901888"}}' }
                '--showpids --json' { '{"system": {"PID4711": "llama-server, 1, 11811160064, 0, 0"}}' }
                default { throw "unexpected: $args" }
            }
        }

        """;

    [Theory]
    [InlineData(Nvidia, "GPU-a", 18200)]
    [InlineData(Rocm, "card0", 11264)]
    [InlineData(Rocm + Nvidia, "GPU-a", 18200)]
    public void The_tool_that_is_there_is_asked(string tools, string device, int held)
    {
        GpuSnapshot snapshot = Read(tools)!;

        Assert.Equal(device, Assert.Single(snapshot.Devices).Id);
        Assert.Equal(held, Assert.Single(snapshot.UsesOf([4711])).MiB);
    }

    [Fact]
    public void Where_nvidia_smi_fails_rocm_smi_is_asked() => Assert.Equal(
        "card0",
        Assert.Single(Read("function nvidia-smi { [CmdletBinding()] param([Parameter(ValueFromRemainingArguments)] $rest) $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([Exception]::new('no driver'), 'x', 0, $null)) }\n" + Rocm)!.Devices).Id);

    [Fact]
    public void Without_a_tool_nothing_is_told_and_nothing_fails() => Assert.Null(Read("function Get-Command { }\n"));

    private GpuSnapshot? Read(string tools) => GpuOutput.Read(string.Join('\n', Session.Get(tools + GpuMemory.CommandFor(ShellDialect.PowerShell)).Select(line => line.ToString())));
}
