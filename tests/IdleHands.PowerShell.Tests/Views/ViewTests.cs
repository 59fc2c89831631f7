using System.Collections;
using System.Reflection;
using System.Xml.Linq;
using IdleHands.Execution;
using IdleHands.Planning;
using IdleHands.Testing;

namespace IdleHands.PowerShell.Tests;

public sealed class ViewTests : ModuleTests
{
    /// <summary>What is there for other cmdlets and says nothing that another property does not say.</summary>
    private static readonly string[] NotShown = ["Request", "Port"];

    private static readonly PlanStep[] Steps =
    [
        new() { Order = 1, Kind = PlanStepKind.CheckPort, HostId = "workstation", Timeout = TimeSpan.FromSeconds(10), Description = "port 8081 is free" },
        new() { Order = 2, Kind = PlanStepKind.StartModel, HostId = "workstation", Timeout = TimeSpan.FromSeconds(30), Command = "llama-server -m /m.gguf --port 8081", Description = "start m" },
    ];

    [Fact]
    public void Hosts()
    {
        AddSamples();

        Assert.Equal(
            """
            Id                   DisplayName      Enabled Transport Gpu        CheckCommand
            --                   -----------      ------- --------- ---        ------------
            workstation          My workstation   True    local     rtx-4090,… true
            gpu-01               gpu-01           True    ssh
            """,
            Session.Show("Get-IHHost"));
    }

    [Fact]
    public void Backends()
    {
        AddSamples();

        Assert.Equal(
            """
            Id                   Type   Enabled HostFilter     Argument     VerifyCommand
            --                   ----   ------- ----------     --------     -------------
            vulkan               vulkan True    any            -ngl, 99     true
            cuda-12              cuda   True    gpu-01
            """,
            Session.Show("Get-IHBackend"));
    }

    [Fact]
    public void Models()
    {
        AddSamples();

        Assert.Equal(
            """
            Id                       Enabled  Port HostPolicy   BackendPolicy Source
            --                       -------  ---- ----------   ------------- ------
            qwen-small               True     8081 any          any           /models/qwen.gguf
            qwen-big                 True          gpu-01, wor… vulkan        /models/qwen-big.gguf
            """,
            Session.Show("Get-IHModel"));
    }

    [Fact]
    public void Findings() => Assert.Equal(
        """
        Severity Path                         Line Message
        -------- ----                         ---- -------
        Error    models[0].launch.start_cmd     12 it is missing, and required.
        """,
        Session.Show("$input", new ConfigurationFinding("models[0].launch.start_cmd", "it is missing, and required.", ConfigurationFinding.Error) { Line = 12 }));

    [Fact]
    public void Findings_of_the_diagnosis() => Assert.Equal(
        """
        Severity    RuleId                Entry              Message
        --------    ------                -----              -------
        Error       ProgramMissing        Model qwen         'llama-server' is not found on host 'gpu-01',
                                                             and the start command of model 'qwen' runs it.
        Warning     FilesOpenToOthers     Machine            Any user may read it.
        """,
        Session.Show(
            "$input",
            new DiagnosticFinding { Severity = DiagnosticSeverity.Error, RuleId = "ProgramMissing", Resource = DiagnosticResource.Model, Id = "qwen", HostId = "gpu-01", Message = "'llama-server' is not found on host 'gpu-01', and the start command of model 'qwen' runs it.", Reason = "r", Recommendation = "c" },
            new DiagnosticFinding { Severity = DiagnosticSeverity.Warning, RuleId = "FilesOpenToOthers", Resource = DiagnosticResource.Machine, Message = "Any user may read it.", Reason = "r", Recommendation = "c" }));

    [Fact]
    public void What_an_import_does() => Assert.Equal(
        """
        Action  Section  Id                       Difference
        ------  -------  --                       ----------
        Add     Model    new
        Change  Model    qwen                     runtime_defaults.port: 8080 → 9000
                                                  fallback: small → (none)
        Remove  Host     gpu-01
        """,
        Session.Show(
            "$input",
            new ConfigurationChange { Action = "Add", Section = "Model", Id = "new", Difference = [new PropertyChange("source", null, "/m.gguf")] },
            new ConfigurationChange { Action = "Change", Section = "Model", Id = "qwen", Difference = [new PropertyChange("runtime_defaults.port", 8080, 9000), new PropertyChange("fallback", "small", null)] },
            new ConfigurationChange { Action = "Remove", Section = "Host", Id = "gpu-01", Difference = [] }));

    [Fact]
    public void A_plan_shows_its_steps() => Assert.Equal(
        """
        Id                : m
        HostId            : workstation
        BackendId         :
        Endpoint          : http://127.0.0.1:8081/v1
        Reuse             : False
        EstimatedDuration : 00:00:12.5
        Fit               : fits: needs 1.5–2.0 GiB of GPU memory (estimated, confidence high); 8.0 GiB of
                            24.0 GiB are free (nvidia-smi)
        Reasons           : nothing runs
                            host gpu-01 is disabled
        Assumptions       :
        Warnings          :
        Steps             : 1. CheckPort port 8081 is free
                            2. StartModel llama-server -m /m.gguf --port 8081
        ConfigurationHash : c0
        StateHash         : s0
        """,
        Session.Show("$input", Plan()));

    [Fact]
    public void Whether_a_model_fits() => Assert.Equal(
        """
        Status       Need                Available Device       Source
        ------       ----                --------- ------       ------
        fits         1.5–2.0 GiB           8.0 GiB GPU          nvidia-smi
        """,
        Session.Show("$input", Fit));

    [Fact]
    public void Model_files() => Assert.Equal(
        """
        FileName                           Architecture Parameters Quantization  SizeGiB Memory
        --------                           ------------ ---------- ------------  ------- ------
        Qwen3-30B-A3B-Q4_K_M.gguf          qwen3moe          30.5B Q4_K_M           17.3 1.5–2.0 GiB
        tiny.gguf                          llama            135.2M Q8_0              0.1 1.5–2.0 GiB
        """,
        Session.Show(
            "$input",
            new GgufFile { Path = "/m/Qwen3-30B-A3B-Q4_K_M.gguf", FileName = "Qwen3-30B-A3B-Q4_K_M.gguf", Architecture = "qwen3moe", Parameters = 30_532_122_624, Quantization = "Q4_K", FileType = "Q4_K_M", SizeBytes = 18_556_686_912, Memory = Fit.Estimated! },
            new GgufFile { Path = "/m/tiny.gguf", FileName = "tiny.gguf", Architecture = "llama", Parameters = 135_200_000, Quantization = "Q8_0", SizeBytes = 145_000_000, Memory = Fit.Estimated! }));

    [Fact]
    public void Steps_of_a_plan() => Assert.Equal(
        """
        Order Kind            HostId       Timeout  Command
        ----- ----            ------       -------  -------
            1 CheckPort       workstation  00:00:10 port 8081 is free
            2 StartModel      workstation  00:00:30 llama-server -m /m.gguf --port 8081
        """,
        Session.Show("$input", [.. Steps]));

    [Fact]
    public void The_result_of_a_select() => Assert.Equal(
        """
        Id             Status   ActiveId       HostId       Duration   Endpoint
        --             ------   --------       ------       --------   --------
        m              Restored coder          workstation  00:00:12.3 http://127.0.0.1:8081/v1
        """,
        Session.Show("$input", new SelectResult
        {
            Id = "m",
            Status = SelectStatus.Restored,
            ActiveId = "coder",
            HostId = "workstation",
            BackendId = "vulkan",
            Endpoint = "http://127.0.0.1:8081/v1",
            Duration = TimeSpan.FromMilliseconds(12_345),
        }));

    [Fact]
    public void The_history() => Assert.Equal(
        """
        StartedAt        Id             Status     Duration   ActiveId       Cause
        ---------        --             ------     --------   --------       -----
        2026-01-02 03:04 m              Restored   00:00:12.3 coder          out of device memory
        2026-01-02 03:05 coder          Unfinished
        2026-01-02 03:06 coder          Failed     00:00:00.1 m              SourceMissing
        """,
        Session.Show(
            "$input",
            Past("m", SelectStatus.Restored, 4) with { Duration = TimeSpan.FromSeconds(12.3), ActiveId = "coder", Cause = "out of device memory", ErrorId = "StartFailed" },
            Past("coder", HistoryStatus.Unfinished, 5),
            Past("coder", SelectStatus.Failed, 6) with { Duration = TimeSpan.FromSeconds(0.1), ActiveId = "m", ErrorId = "SourceMissing" }));

    private static HistoryEntry Past(string id, string status, int minute) => new()
    {
        Id = id,
        Action = $"Select-IHModel {id}",
        Status = status,
        StartedAt = new DateTime(2026, 1, 2, 3, minute, 5, DateTimeKind.Local),
    };

    [Fact]
    public void Outcomes_of_steps() => Assert.Equal(
        """
        Order Kind            HostId       Status   Duration   Detail
        ----- ----            ------       ------   --------   ------
            1 CheckPort       workstation  ok       00:00:00.2 free
        """,
        Session.Show("$input", new StepOutcome { Id = "qwen", Order = 1, Kind = PlanStepKind.CheckPort, HostId = "workstation", Status = "ok", Duration = TimeSpan.FromSeconds(0.2), Detail = "free" }));

    [Fact]
    public void The_active_runtime() => Assert.Equal(
        """
        Id                   HostId       BackendId Status   Uptime     Endpoint
        --                   ------       --------- ------   ------     --------
        m                    workstation  vulkan    ready    1.02:03:04 http://127.0.0.1:8081/v1
        """,
        Session.Show("$input", new ActiveRuntime
        {
            Id = "m",
            HostId = "workstation",
            BackendId = "vulkan",
            Status = RuntimeStatus.Ready,
            Endpoint = "http://127.0.0.1:8081/v1",
            StartedAt = DateTime.UnixEpoch,
            Uptime = new TimeSpan(1, 2, 3, 4),
        }));

    [Fact]
    public void Health_marks_ids_that_are_not_configured() => Assert.Equal(
        """
           Section: Host

        HostId       Id                          Port Status   Latency Detail
        ------       --                          ---- ------   ------- ------
        workstation  workstation                      ready            exit code 0

           Section: Discovered

        HostId       Id                          Port Status   Latency Detail
        ------       --                          ---- ------   ------- ------
        workstation  m, other (unconfigured)     8082 ready    0.012 s llama.cpp
        """,
        Session.Show(
            "$input",
            new HealthResult { Section = HealthSection.Host, HostId = "workstation", Id = "workstation", Status = ProbeStatus.Ready, Detail = "exit code 0" },
            new HealthResult
            {
                Section = HealthSection.Discovered,
                HostId = "workstation",
                Id = "m",
                Port = 8082,
                Status = ProbeStatus.Ready,
                ModelIds = new NameList("m", "other"),
                Unconfigured = new NameList("other"),
                Latency = TimeSpan.FromMilliseconds(12.3),
                Detail = "llama.cpp",
            }));

    [Fact]
    public void An_endpoint() => Assert.Equal(
        """
        Endpoint                         Source        Skipped
        --------                         ------        -------
        http://127.0.0.1:8080/v1         Configuration -Endpoint was not given; no runtime is active
        """,
        Session.Show("$input", new EndpointResolution
        {
            Endpoint = "http://127.0.0.1:8080/v1",
            Source = EndpointSource.Configuration,
            Skipped = new NameList("-Endpoint was not given", "no runtime is active"),
        }));

    [Fact]
    public void Results_of_tests()
    {
        Assert.Equal(
            """
            HostId               Success ExitCode Duration   Output           Error
            ------               ------- -------- --------   ------           -----
            workstation          False          3 00:00:01.5 seen             no GPU
            """,
            Session.Show("$input", new HostTestResult { HostId = "workstation", Success = false, ExitCode = 3, Duration = TimeSpan.FromSeconds(1.5), Output = "seen", Error = "no GPU" }));
        Assert.Equal(
            """
            BackendId        HostId           Success ExitCode Duration   Error
            ---------        ------           ------- -------- --------   -----
            vulkan           workstation      True           0 00:00:00.0
            """,
            Session.Show("$input", new BackendTestResult { BackendId = "vulkan", HostId = "workstation", Success = true, ExitCode = 0 }));
    }

    [Fact]
    public void Columns_and_list_items_name_properties_that_are_there_and_print_by_themselves()
    {
        foreach (XElement view in XDocument.Load(Path.Combine(ModuleSession.ModuleDirectory, "IdleHands.Format.ps1xml")).Descendants("View"))
        {
            string typeName = view.Descendants("TypeName").Single().Value;
            Type type = typeof(RuntimeHost).Assembly.GetType(typeName, throwOnError: true)!;
            foreach (string name in view.Descendants("PropertyName").Select(element => element.Value))
            {
                PropertyInfo? property = type.GetProperty(name);
                Assert.True(property is not null, $"{typeName} has no property {name}.");
                Assert.False(
                    property.PropertyType != typeof(string) && property.PropertyType.IsAssignableTo(typeof(IEnumerable)),
                    $"{typeName}.{name} is a list: it would print in braces.");
            }
        }
    }

    [Fact]
    public void Every_property_is_in_the_list_view()
    {
        foreach (XElement view in XDocument.Load(Path.Combine(ModuleSession.ModuleDirectory, "IdleHands.Format.ps1xml")).Descendants("ListControl"))
        {
            Type type = typeof(RuntimeHost).Assembly.GetType(view.Parent!.Descendants("TypeName").Single().Value, throwOnError: true)!;
            IEnumerable<string> shown = view.Descendants("ListItem").Select(item => (item.Element("Label") ?? item.Element("PropertyName"))!.Value);

            Assert.Empty(type.GetProperties().Select(property => property.Name).Except(shown).Except(NotShown));
        }
    }

    private static MemoryFit Fit { get; } = new()
    {
        Status = FitStatus.Fits,
        Estimated = new MemoryEstimate { Parts = [new MemoryPart(MemoryPartName.Weights, 3L << 29, 2L << 30)], Confidence = MemoryConfidence.High },
        AvailableBytes = 8L << 30,
        TotalBytes = 24L << 30,
        Device = "GPU",
        Source = "nvidia-smi",
    };

    private static RuntimePlan Plan() => new()
    {
        Id = "m",
        HostId = "workstation",
        Endpoint = "http://127.0.0.1:8081/v1",
        EstimatedDuration = TimeSpan.FromSeconds(12.5),
        Fit = Fit,
        Reasons = new NameList("nothing runs", "host gpu-01 is disabled"),
        Steps = Steps,
        ConfigurationHash = "c0",
        StateHash = "s0",
        Request = new PlanRequest("m"),
    };
}
