namespace IdleHands.Planning;

/// <summary>Chooses model, host and backend by request and policies; the first pair that fits wins.</summary>
internal sealed class SelectionResolver(PlanRequest request, RuntimeConfiguration configuration)
{
    private const int ListedIds = 10;
    private const int ListedProblems = 4;
    private readonly List<string> _passedOver = [];
    private RuntimeModel _model = null!;

    /// <summary>The selection.</summary>
    /// <exception cref="PlanException">Nothing fits, or the request breaks a policy.</exception>
    public PlanSelection Resolve() => Selections().First();

    /// <summary>All selections, the preferred one first.</summary>
    /// <exception cref="PlanException">Nothing fits, or the request breaks a policy.</exception>
    public IReadOnlyList<PlanSelection> ResolveAll() => [.. Selections()];

    private IEnumerable<PlanSelection> Selections()
    {
        _model = FindModel();
        RuntimeHost? askedHost = FindAskedHost();
        RuntimeBackend? askedBackend = FindAskedBackend();
        IReadOnlyList<Candidate> hosts = askedHost is null ? HostsOfPolicy() : [new Candidate(askedHost.Id, askedHost)];
        IReadOnlyList<BackendCandidate> backends = askedBackend is not null
            ? [new BackendCandidate(askedBackend.Id, askedBackend)]
            : BackendsOfPolicy();

        bool hasEnabledHost = false;
        bool hasSelection = false;
        foreach (Candidate candidate in hosts)
        {
            if (candidate.Usable is not { } host)
            {
                _passedOver.Add($"host {candidate.Id} passed over: {candidate.Problem}");
                continue;
            }

            hasEnabledHost = true;
            if (TryPair(host, backends, out RuntimeBackend? backend))
            {
                hasSelection = true;
                yield return Select(host, backend);
            }
        }

        if (hasSelection)
        {
            yield break;
        }

        throw hasEnabledHost ? NoBackend(askedHost, askedBackend, hosts, backends) : NoHost();
    }

    private bool TryPair(RuntimeHost host, IReadOnlyList<BackendCandidate> backends, out RuntimeBackend? backend)
    {
        backend = null;
        if (backends.Count == 0)
        {
            return true;
        }

        for (int i = 0; i < backends.Count; i++)
        {
            if (backends[i].CanRunOn(host))
            {
                backend = backends[i].Backend;
                _passedOver.AddRange(backends.Take(i).Select(other => $"{other.Problem}, passed over on host {host.Id}"));
                return true;
            }
        }

        string problems = string.Join("; ", backends.Take(ListedProblems).Select(candidate => candidate.Problem));
        string more = backends.Count > ListedProblems ? $"; and {backends.Count - ListedProblems} more" : string.Empty;
        _passedOver.Add($"host {host.Id} passed over: {problems}{more}");
        return false;
    }

    private PlanSelection Select(RuntimeHost host, RuntimeBackend? backend) => new()
    {
        Request = request,
        Model = _model,
        Host = host,
        Backend = backend,
        PassedOver = NameList.From(_passedOver),
        Warnings = IsUndeclared(host, backend)
            ? new NameList($"host '{host.Id}' declares the backends {host.Backend}: neither '{backend!.Id}' nor its type '{backend.Type}' is among them")
            : NameList.Empty,
    };

    private static bool IsUndeclared(RuntimeHost host, RuntimeBackend? backend) =>
        backend is not null
        && host.Backend is { Count: > 0 } declared
        && !declared.Contains(backend.Id)
        && !declared.Contains(backend.Type);

    private RuntimeModel FindModel()
    {
        RuntimeModel? model = configuration.Models.FirstOrDefault(entry => IsSame(entry.Id, request.ModelId));
        if (model is null)
        {
            throw new PlanException(
                PlanErrorId.ModelNotFound,
                FailureKind.NotFound,
                $"There is no model '{request.ModelId}'. {Listed("Models", configuration.Models.Where(entry => entry.Enabled).Select(entry => entry.Id))}",
                request.ModelId.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? $"Select-IHModel -Source '{request.ModelId}' starts a file."
                    : configuration.Models.Count == 0 ? "Initialize-IHConfiguration looks for models on this machine; Select-IHModel -Source starts one by its file; Add-IHModel adds one."
                    : "See the models with Get-IHModel, or add it with Add-IHModel.",
                request.ModelId);
        }

        return model.Enabled ? model : throw new PlanException(
            PlanErrorId.ModelNotFound,
            FailureKind.NotFound,
            $"Model '{model.Id}' is disabled, and only an enabled model can be selected.",
            $"Enable it with Enable-IHModel -Id {model.Id}.",
            model.Id);
    }

    private RuntimeHost? FindAskedHost()
    {
        if (request.HostId is null)
        {
            return null;
        }

        RuntimeHost? host = configuration.Hosts.FirstOrDefault(entry => IsSame(entry.Id, request.HostId));
        if (host is null)
        {
            throw HostNotFound(request.HostId!, configuration);
        }

        if (!host.Enabled)
        {
            throw new PlanException(
                PlanErrorId.NoEligibleHost,
                FailureKind.InvalidArgument,
                $"Host '{host.Id}' was asked for model '{_model.Id}', but it is disabled.",
                $"Enable it with Enable-IHHost -Id {host.Id}, or ask for another host.",
                host.Id);
        }

        return _model.HostPolicy.Admits(host.Id) ? host : throw new PlanException(
            PlanErrorId.HostPolicyViolation,
            FailureKind.InvalidArgument,
            $"Host '{host.Id}' was asked for model '{_model.Id}', but its host policy accepts only {_model.HostPolicy}.",
            $"Ask for one of these hosts, or change the policy with Set-IHModel -Id {_model.Id} -HostPolicy.",
            host.Id);
    }

    private RuntimeBackend? FindAskedBackend()
    {
        if (request.BackendId is null)
        {
            return null;
        }

        RuntimeBackend? backend = configuration.Backends.FirstOrDefault(entry => IsSame(entry.Id, request.BackendId));
        if (backend is null)
        {
            throw new PlanException(
                PlanErrorId.BackendNotFound,
                FailureKind.NotFound,
                $"There is no backend '{request.BackendId}'. {Listed("Backends", configuration.Backends.Where(entry => entry.Enabled).Select(entry => entry.Id))}",
                "See the backends with Get-IHBackend, or add it with Add-IHBackend.",
                request.BackendId);
        }

        if (!backend.Enabled)
        {
            throw new PlanException(
                PlanErrorId.BackendNotFound,
                FailureKind.NotFound,
                $"Backend '{backend.Id}' was asked for model '{_model.Id}', but it is disabled.",
                $"Enable it with Enable-IHBackend -Id {backend.Id}, or ask for another backend.",
                backend.Id);
        }

        return _model.BackendPolicy.Admits(backend.Id) ? backend : throw new PlanException(
            PlanErrorId.BackendPolicyViolation,
            FailureKind.InvalidArgument,
            $"Backend '{backend.Id}' was asked for model '{_model.Id}', but its backend policy accepts only {_model.BackendPolicy}.",
            $"Ask for one of these backends, or change the policy with Set-IHModel -Id {_model.Id} -BackendPolicy.",
            backend.Id);
    }

    private IReadOnlyList<Candidate> HostsOfPolicy() => _model.HostPolicy.IsAny
        ? [.. configuration.Hosts.Select(host => new Candidate(host.Id, host))]
        : [.. _model.HostPolicy.Select(id => new Candidate(id, configuration.Hosts.FirstOrDefault(host => host.Id == id)))];

    // No backend is asked for and any will do: then none is used.
    private IReadOnlyList<BackendCandidate> BackendsOfPolicy() => _model.BackendPolicy.IsAny
        ? []
        : [.. _model.BackendPolicy.Select(id => new BackendCandidate(id, configuration.Backends.FirstOrDefault(backend => backend.Id == id)))];

    private PlanException NoHost() => new(
        PlanErrorId.NoEligibleHost,
        FailureKind.InvalidArgument,
        $"Model '{_model.Id}' can run on no host. Its host policy accepts {_model.HostPolicy}; "
            + (_passedOver.Count == 0 ? "the configuration has no host." : $"{Joined(_passedOver)}."),
        "Enable one with Enable-IHHost, add one with Add-IHHost, or change the policy with "
            + $"Set-IHModel -Id {_model.Id} -HostPolicy.",
        _model.Id);

    private PlanException NoBackend(
        RuntimeHost? askedHost, RuntimeBackend? askedBackend, IReadOnlyList<Candidate> hosts, IReadOnlyList<BackendCandidate> backends)
    {
        if (askedBackend is null && backends.All(candidate => candidate.Backend is not { Enabled: true }))
        {
            return new PlanException(
                PlanErrorId.BackendNotFound,
                FailureKind.NotFound,
                $"Model '{_model.Id}' accepts only the backends {_model.BackendPolicy}, and none of them is there and enabled.",
                $"Enable one with Enable-IHBackend, or change the policy with Set-IHModel -Id {_model.Id} -BackendPolicy.",
                _model.Id);
        }

        string problems = Joined(_passedOver);
        RuntimeBackend? disabled = backends
            .Select(candidate => candidate.Backend)
            .FirstOrDefault(backend => backend is { Enabled: false } && hosts.Any(host => host.Usable is { } usable && backend.HostFilter.Admits(usable.Id)));
        string enable = disabled is null ? string.Empty : $"Enable a backend that may run there with Enable-IHBackend -Id {disabled.Id}. ";
        RuntimeBackend filtered = askedBackend ?? backends.First(candidate => candidate.Backend is { Enabled: true }).Backend!;
        if (askedHost is null && askedBackend is null)
        {
            return new PlanException(
                PlanErrorId.NoEligibleHost,
                FailureKind.InvalidArgument,
                $"Model '{_model.Id}' can run on no host with the backends it accepts ({_model.BackendPolicy}): {problems}.",
                enable + "Change a backend's hosts with Set-IHBackend -HostFilter, or the model's policies with "
                    + $"Set-IHModel -Id {_model.Id} -HostPolicy -BackendPolicy.",
                _model.Id);
        }

        string asked = (askedBackend is null ? string.Empty : $" with backend '{askedBackend.Id}'") + (askedHost is null ? string.Empty : $" on host '{askedHost.Id}'");
        string refused = (askedHost, askedBackend) switch
        {
            (not null, null) => $"none of the backends it accepts ({_model.BackendPolicy}) can be used there",
            (null, _) => $"no host that its policy accepts ({_model.HostPolicy}) can be used with it",
            _ => "that backend may not run there",
        };
        return new PlanException(
            PlanErrorId.BackendNotAllowedOnHost,
            FailureKind.InvalidArgument,
            $"Model '{_model.Id}' was asked for{asked}, but {refused}: {problems}.",
            enable + $"Ask for another host or backend, or change the filter with Set-IHBackend -Id {filtered.Id} -HostFilter.",
            (object?)askedBackend?.Id ?? askedHost?.Id);
    }

    // Ids are lower-case by rule, so what a user types in capitals can mean only one entry.
    private static bool IsSame(string id, string asked) => string.Equals(id, asked, StringComparison.OrdinalIgnoreCase);

    /// <summary>The host that was asked for is not there.</summary>
    public static PlanException HostNotFound(string id, RuntimeConfiguration configuration) => new(
        PlanErrorId.HostNotFound,
        FailureKind.NotFound,
        $"There is no host '{id}'. {Listed("Hosts", configuration.Hosts.Where(entry => entry.Enabled).Select(entry => entry.Id))}",
        "See the hosts with Get-IHHost, or add it with Add-IHHost.",
        id);

    private static string Listed(string what, IEnumerable<string> ids)
    {
        string[] all = [.. ids];
        return all.Length == 0 ? $"{what} that are enabled: none." : $"{what} that are enabled: {Joined(all, ", ")}.";
    }

    private static string Joined(IReadOnlyCollection<string> parts, string separator = "; ") =>
        string.Join(separator, parts.Take(ListedIds)) + (parts.Count > ListedIds ? $"{separator}and {parts.Count - ListedIds} more" : string.Empty);

    private sealed record Candidate(string Id, RuntimeHost? Host)
    {
        public RuntimeHost? Usable => Host is { Enabled: true } ? Host : null;

        public string Problem => Host is null ? "not in the configuration" : "disabled";
    }

    private sealed record BackendCandidate(string Id, RuntimeBackend? Backend)
    {
        public bool CanRunOn(RuntimeHost host) => Backend is { Enabled: true } && Backend.HostFilter.Admits(host.Id);

        /// <summary>Why it can't run on a host that <see cref="CanRunOn"/> refuses.</summary>
        public string Problem => Backend switch
        {
            null => $"backend {Id} is not in the configuration",
            { Enabled: false } => $"backend {Id} is disabled",
            _ => $"backend {Id} may run only on {Backend.HostFilter}",
        };
    }
}
