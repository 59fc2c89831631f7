using IdleHands.Setup;

namespace IdleHands.Core.Tests.Setup;

/// <summary>What the tools of GPUs print, as they print it.</summary>
public sealed class GpuToolTests
{
    [Fact]
    public void Nvidia_prints_a_name_and_MiB() => Assert.Equal(
        [new FoundGpu("NVIDIA H200", "cuda", 143771), new FoundGpu("NVIDIA GeForce RTX 3090", "cuda", 24576), new FoundGpu("Orin (nvgpu)", "cuda", null)],
        GpuTool.ReadNvidia("NVIDIA H200, 143771\nNVIDIA GeForce RTX 3090, 24576\r\nOrin (nvgpu), [N/A]\n"));

    [Theory]
    [InlineData("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n")]
    [InlineData("No devices were found\n")]
    [InlineData("Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.159\n")]
    [InlineData("")]
    public void A_message_of_nvidia_smi_is_no_GPU(string output) => Assert.Empty(GpuTool.ReadNvidia(output));

    [Fact]
    public void Rocm_prints_JSON_behind_warnings() => Assert.Equal(
        [new FoundGpu("AMD Radeon RX 7900 XTX", "rocm", 24560), new FoundGpu("0x164e", "rocm", null)],
        GpuTool.ReadRocm("""
            WARNING: AMD GPU device(s) is/are in a low-power state.
            {"card0": {"Card Series": "AMD Radeon RX 7900 XTX", "Card Model": "0x744c", "VRAM Total Memory (B)": "25753026560", "VRAM Total Used Memory (B)": "1"},
             "card1": {"Card series": "", "Card model": "0x164e"}, "system": {}}
            """));

    [Fact]
    public void A_Mac_prints_its_displays() => Assert.Equal(
        [new FoundGpu("Apple M2 Max", "metal", null)],
        GpuTool.ReadApple("""{"SPDisplaysDataType": [{"_name": "Apple M2 Max", "sppci_model": "Apple M2 Max", "sppci_cores": "38"}]}"""));

    [Fact]
    public void Vulkan_lists_a_processor_too_which_is_no_GPU() => Assert.Equal(
        [new FoundGpu("Intel(R) Arc(tm) A770 Graphics (DG2)", "vulkan", null)],
        GpuTool.ReadVulkan("""
            Devices:
            ========
            GPU0:
            	apiVersion         = 1.3.255
            	deviceType         = PHYSICAL_DEVICE_TYPE_DISCRETE_GPU
            	deviceName         = Intel(R) Arc(tm) A770 Graphics (DG2)
            GPU1:
            	deviceType         = PHYSICAL_DEVICE_TYPE_CPU
            	deviceName         = llvmpipe (LLVM 15.0.7, 256 bits)
            """));

    [Theory]
    [InlineData("{")]
    [InlineData("{\"SPDisplaysDataType\": 3, \"card0\": 7}")]
    [InlineData("{\"SPDisplaysDataType\": [3], \"card0\": []}")]
    [InlineData("ERROR: no driver")]
    public void What_can_not_be_read_is_no_GPU(string output) => Assert.All(GpuTool.All, tool => Assert.Empty(tool.Read(output)));

    [Fact]
    public void Llama_server_lists_its_devices_behind_what_its_libraries_say() => Assert.Equal(
        [new FoundGpu("NVIDIA GeForce RTX 4090", "cuda", 24080), new FoundGpu("AMD Radeon Graphics (RADV RAPHAEL_MENDOCINO)", "vulkan", 15872), new FoundGpu("Apple M2 Max", "metal", null)],
        EngineDevices.Read("""
            ggml_cuda_init: found 1 CUDA devices:
              Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9, VMM: yes
            Available devices:
              CUDA0: NVIDIA GeForce RTX 4090 (24080 MiB, 23600 MiB free)
              Vulkan0: AMD Radeon Graphics (RADV RAPHAEL_MENDOCINO) (15872 MiB, 15000 MiB free)
              MTL0: Apple M2 Max (22906 MiB, 22906 MiB free)
              BLAS: Accelerate (0 MiB, 0 MiB free)
              RPC0: 10.0.0.2:50052 (24080 MiB, 23600 MiB free)
            """));

    [Fact]
    public void Without_devices_it_has_the_processor_alone_and_an_old_one_does_not_tell()
    {
        Assert.Empty(EngineDevices.Read("Available devices:\n  (none)\n")!);
        Assert.Null(EngineDevices.Read("error: invalid argument: --list-devices\n"));
    }

    [Fact]
    public void The_backend_is_what_the_server_lists_or_else_what_the_tools_tell()
    {
        var nvidia = new FoundGpu("A", "cuda", 24576);
        var survey = new HostSurvey { Gpus = [nvidia, nvidia] };

        Assert.Equal(["cuda"], survey.BackendTypes(byEngine: true));
        Assert.Equal(["vulkan"], (survey with { EngineDevices = [new FoundGpu("A", "vulkan", null)] }).BackendTypes(byEngine: true));
        Assert.Equal(["cuda"], (survey with { EngineDevices = [new FoundGpu("A", "vulkan", null)] }).BackendTypes(byEngine: false));
        Assert.Equal(["cpu"], (survey with { EngineDevices = [] }).BackendTypes(byEngine: true));
        Assert.True((survey with { EngineDevices = [] }).IsEngineBlind);
        Assert.Equal(["cpu"], new HostSurvey().BackendTypes(byEngine: true));
        Assert.Equal(48, survey.VramGiB);
        Assert.Null((survey with { Gpus = [nvidia, nvidia with { MemoryMiB = null }] }).VramGiB);
        Assert.Equal(["cuda", "vulkan"], new HostSurvey { EngineDevices = [new FoundGpu("A", "vulkan", null), nvidia] }.BackendTypes(byEngine: true));
    }
}
