import type { KeyObject } from 'node:crypto';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { type Authenticator, ChangeRate, type NamespaceAuthorizer } from '@mcp/access';
import { desiredStatesFold, stoppedEnforcements, type DesiredStates } from '@mcp/desired-state';
import type { EventLog, RequestBoard } from '@mcp/event-log';
import { meshGraphFold, type MeshGraph } from '@mcp/graph';
import { GrpcServer, hubDefaults, RequestPipe, StatusFilter, type HubLimits } from '@mcp/grpc';
import { followTogether, Projection, type Fold } from '@mcp/projections';
import { untraced, type Health, type Logger, type Tracer } from '@mcp/runtime';
import { type Ledger, ledgerFold, refusalsFold, type Refusals } from '@mcp/traffic';
import { ChangeImpact } from './apply/change-impact.js';
import { ChangeRequests } from './apply/change-requests.js';
import { ConvergenceSpans } from './apply/convergence-spans.js';
import { DryRunObject } from './apply/dry-run-object.js';
import { ChangeDenials } from './apply/change-denials.js';
import { ChangeRights } from './apply/change-rights.js';
import { WithdrawChange } from './apply/withdraw-change.js';
import { CollectorWatch } from './collector-watch.js';
import { CallGate } from './call-gate.js';
import { CallSpans } from './call-spans.js';
import { CallerGuard } from './caller.guard.js';
import { ChangesRpc } from './changes.rpc.js';
import { Changes } from './changes/changes.js';
import { DesiredStatesAt } from './changes/desired-at.js';
import { ListChanges } from './changes/list-changes.js';
import { DesiredObjectsRpc } from './desired-objects.rpc.js';
import { DriftEnforcement } from './drift/drift-enforcement.js';
import { DriftModes } from './drift/drift-modes.js';
import { ListDrift } from './drift/list-drift.js';
import { EventsRpc } from './events.rpc.js';
import { ExportEvents } from './events/export-events.js';
import { ListEvents } from './events/list-events.js';
import { LogHead } from './events/log-head.js';
import { GetMeshGraph } from './graph/get-mesh-graph.js';
import { GraphFeed } from './graph/graph-feed.js';
import { PastGraphs } from './graph/past-graphs.js';
import { WatchMeshGraph } from './graph/watch-mesh-graph.js';
import { HistoryRpc } from './history.rpc.js';
import { Diff } from './history/diff.js';
import { WatchSeenGraph } from './graph/watch-seen-graph.js';
import { McpApiMetrics } from './mcp-api.metrics.js';
import { McpApi } from './mcp-api.js';
import { MeshContextRpc } from './mesh-context.rpc.js';
import { PolicyAnswersRpc } from './policy-answers.rpc.js';
import { ExplainAccess } from './policy-answers/explain-access.js';
import { LedgerAtPosition } from './policy-answers/ledger-at.js';
import { LintPolicies } from './policy-answers/lint-policies.js';
import { MeshAtPosition } from './policy-answers/mesh-at.js';
import { ReachAnswers } from './policy-answers/reach-answers.js';
import { SimulateChange } from './policy-answers/simulate-change.js';
import { PiscinaThread } from './policy-answers/thread/piscina-thread.js';
import { PolicyEngine } from './policy-answers/thread/policy-engine.js';
import { AnswerPages } from './policy-answers/thread/answer-pages.js';
import type { PolicyThread } from './policy-answers/thread/policy-task.js';
import { PlansRpc } from './plans.rpc.js';
import { Plans } from './plans/plans.js';
import { SeenTraffic } from './staged/seen-traffic.js';
import { StagedChanges, type StagedTimes } from './staged/staged-changes.js';
import { StagedPlan } from './staged/staged-plan.js';
import { Readiness } from './readiness.js';
import type { SightTimes } from './sight.js';
import { TrafficRpc } from './traffic.rpc.js';
import { NewestPoll } from './traffic/newest-poll.js';
import { RateFeed } from './traffic/rate-feed.js';
import { noSamples, type Samples } from './traffic/samples.js';
import { trafficProviders } from './traffic/traffic.providers.js';

/** What the API is given from outside. */
export interface McpApiDependencies {
  readonly log: EventLog;
  readonly board: RequestBoard;
  /** Where rates come from; absent: none are known. */
  readonly series?: Samples;
  /** Between two looks for new rates. */
  readonly samplesEveryMs?: number;
  readonly authenticator: Authenticator;
  readonly authorizer: NamespaceAuthorizer;
  /** What identities of the mesh end with, where callers may prove themselves by these. */
  readonly meshIdentity?: string | undefined;
  /** How many changes one caller may ask for in a minute; absent: 600. */
  readonly changesPerMinute?: number;
  /** Signs how far the log goes; private, of Ed25519. Absent: that is not signed. */
  readonly signingKey?: KeyObject | undefined;
  /** Whether changes are recorded; absent: they are. */
  readonly takesChanges?: boolean;
  /** How often staged changes are looked at. */
  readonly stagedTimes?: StagedTimes;
  /** How often watchers are asked about again. */
  readonly sightTimes?: SightTimes;
  readonly server: GrpcServer;
  readonly logger: Logger;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  readonly health: Health;
  readonly metrics: McpApiMetrics;
  /** What watchers of the graph may hold. */
  readonly watchers?: HubLimits;
  /** Where long evaluations run; by default a thread of its own. */
  readonly policyThread?: PolicyThread;
}

const GRAPH = Symbol('the projection of the mesh graph');
const POLICY_THREAD = Symbol('the thread of long evaluations');
const DESIRED = Symbol('the projection of desired states');
const REFUSALS = Symbol('the projection of refusals');
const LEDGER = Symbol('the projection of the edge ledger');

@Module({})
export class McpApiModule {
  static create(given: McpApiDependencies): DynamicModule {
    return {
      module: McpApiModule,
      controllers: [
        MeshContextRpc,
        ChangesRpc,
        PlansRpc,
        DesiredObjectsRpc,
        EventsRpc,
        HistoryRpc,
        PolicyAnswersRpc,
        TrafficRpc,
      ],
      providers: [
        ...outside(given),
        ...projections(given),
        ...traffic(given),
        ...answers(given),
        ...policyAnswers(given),
        ...edge(given),
      ],
      exports: [McpApi],
    };
  }
}

function outside({ server, metrics, board }: McpApiDependencies): Provider[] {
  return [
    { provide: CollectorWatch, useFactory: () => new CollectorWatch(board) },
    { provide: GrpcServer, useValue: server },
    { provide: McpApiMetrics, useValue: metrics },
  ];
}

function projections({ log, logger, watchers }: McpApiDependencies): Provider[] {
  const projection = <State>(fold: Fold<State>): Projection<State> =>
    new Projection({
      log,
      fold,
      onTrouble: (error) => logger.warn('the log makes trouble', { projection: fold.name, error }),
      onRebuilt: (error) => logger.error('the state was built anew', { projection: fold.name, error }),
    });
  return [
    { provide: GRAPH, useFactory: () => projection(meshGraphFold) },
    { provide: DESIRED, useFactory: () => projection(desiredStatesFold()) },
    { provide: REFUSALS, useFactory: () => projection(refusalsFold) },
    { provide: LEDGER, useFactory: () => projection(ledgerFold) },
    {
      provide: GraphFeed,
      inject: [GRAPH, CollectorWatch],
      useFactory: (graph: Projection<MeshGraph>, collector: CollectorWatch) =>
        new GraphFeed(graph, collector, watchers ?? hubDefaults),
    },
  ];
}

function traffic({ series = noSamples, samplesEveryMs, logger }: McpApiDependencies): Provider[] {
  const onTrouble = (error: unknown): void => logger.warn('the traffic series makes trouble', { error });
  const newest = new NewestPoll(
    series,
    onTrouble,
    samplesEveryMs === undefined ? {} : { askEveryMs: samplesEveryMs },
  );
  return trafficProviders({ series, newest, graph: GRAPH, refusals: REFUSALS });
}

function answers({
  log,
  board,
  signingKey,
  authorizer,
  takesChanges,
  stagedTimes,
  logger,
  tracer = untraced,
  metrics,
}: McpApiDependencies): Provider[] {
  const denials = new ChangeDenials(log, {
    onDenied: metrics.denied,
    onTrouble: (error) => logger.warn('a denied change could not be recorded', { error }),
  });
  const rights = new ChangeRights(authorizer, denials);
  return [
    {
      provide: PastGraphs,
      inject: [GRAPH],
      useFactory: (graph: Projection<MeshGraph>) => new PastGraphs(graph),
    },
    {
      provide: GetMeshGraph,
      inject: [GraphFeed, PastGraphs, CollectorWatch, RateFeed],
      useFactory: (feed: GraphFeed, pasts: PastGraphs, collector: CollectorWatch, rates: RateFeed) =>
        new GetMeshGraph(feed, pasts, collector, rates),
    },
    {
      provide: WatchMeshGraph,
      inject: [GraphFeed, RateFeed],
      useFactory: (feed: GraphFeed, rates: RateFeed) =>
        new WatchMeshGraph(log, feed, new WatchSeenGraph(feed, rates)),
    },
    {
      provide: ChangeImpact,
      inject: [GRAPH, DESIRED, SimulateChange],
      useFactory: (
        graph: Projection<MeshGraph>,
        desired: Projection<DesiredStates>,
        simulations: SimulateChange,
      ) => new ChangeImpact(log, graph, desired, simulations),
    },
    {
      provide: ChangeRequests,
      inject: [DESIRED, ChangeImpact],
      useFactory: (desired: Projection<DesiredStates>, impact: ChangeImpact) =>
        new ChangeRequests(log, desired, authorizer, rights, impact, takesChanges),
    },
    {
      provide: WithdrawChange,
      inject: [DESIRED],
      useFactory: (desired: Projection<DesiredStates>) =>
        new WithdrawChange(log, desired, rights, takesChanges),
    },
    {
      provide: Plans,
      inject: [DESIRED, ChangeRequests, DryRunObject, StagedPlan],
      useFactory: (
        desired: Projection<DesiredStates>,
        requests: ChangeRequests,
        dryRuns: DryRunObject,
        staged: StagedPlan,
      ) => new Plans(log, board, desired, requests, dryRuns, staged),
    },
    {
      provide: SeenTraffic,
      inject: [GRAPH, CollectorWatch],
      useFactory: (graph: Projection<MeshGraph>, collector: CollectorWatch) =>
        new SeenTraffic(log, graph, collector),
    },
    {
      provide: StagedPlan,
      inject: [ChangeImpact, SeenTraffic],
      useFactory: (impact: ChangeImpact, seen: SeenTraffic) => new StagedPlan(impact, seen),
    },
    {
      provide: StagedChanges,
      inject: [DESIRED, REFUSALS, LEDGER, SeenTraffic, ChangeRequests, ChangeImpact],
      useFactory: (
        desired: Projection<DesiredStates>,
        refusals: Projection<Refusals>,
        ledger: Projection<Ledger>,
        seen: SeenTraffic,
        requests: ChangeRequests,
        impact: ChangeImpact,
      ) => new StagedChanges({ log, desired, refusals, ledger, seen, requests, impact, logger }, stagedTimes),
    },
    {
      provide: ListDrift,
      inject: [DESIRED, CollectorWatch],
      useFactory: (desired: Projection<DesiredStates>, collector: CollectorWatch) =>
        new ListDrift(desired, collector),
    },
    {
      provide: DriftModes,
      inject: [DESIRED, ChangeRequests],
      useFactory: (desired: Projection<DesiredStates>, requests: ChangeRequests) =>
        new DriftModes(log, desired, rights, requests, takesChanges),
    },
    {
      provide: DriftEnforcement,
      inject: [DESIRED, ChangeRequests],
      useFactory: (desired: Projection<DesiredStates>, requests: ChangeRequests) =>
        new DriftEnforcement({ log, desired, requests, logger }, stagedTimes?.lookEveryMs),
    },
    {
      provide: ConvergenceSpans,
      inject: [DESIRED],
      useFactory: (desired: Projection<DesiredStates>) => new ConvergenceSpans(desired, tracer),
    },
    { provide: DryRunObject, useFactory: () => new DryRunObject(board) },
    {
      provide: DesiredStatesAt,
      inject: [DESIRED],
      useFactory: (desired: Projection<DesiredStates>) => new DesiredStatesAt(log, desired),
    },
    {
      provide: Changes,
      inject: [DESIRED, DesiredStatesAt],
      useFactory: (desired: Projection<DesiredStates>, past: DesiredStatesAt) =>
        new Changes(log, desired, past),
    },
    {
      provide: ListEvents,
      inject: [DESIRED],
      useFactory: (desired: Projection<DesiredStates>) => new ListEvents(log, desired),
    },
    { provide: ExportEvents, useFactory: () => new ExportEvents(log) },
    { provide: LogHead, useFactory: () => new LogHead(log, signingKey) },
    {
      provide: ListChanges,
      inject: [DesiredStatesAt, CollectorWatch],
      useFactory: (desired: DesiredStatesAt, collector: CollectorWatch) =>
        new ListChanges(desired, collector),
    },
  ];
}

function policyAnswers({ log, policyThread }: McpApiDependencies): Provider[] {
  return [
    {
      provide: MeshAtPosition,
      inject: [GRAPH, PastGraphs],
      useFactory: (graph: Projection<MeshGraph>, pasts: PastGraphs) => new MeshAtPosition(graph, pasts),
    },
    { provide: POLICY_THREAD, useFactory: () => policyThread ?? new PiscinaThread() },
    {
      provide: PolicyEngine,
      inject: [POLICY_THREAD],
      useFactory: (thread: PolicyThread) => new PolicyEngine(thread),
    },
    {
      provide: AnswerPages,
      inject: [MeshAtPosition, PolicyEngine, CollectorWatch],
      useFactory: (meshes: MeshAtPosition, engine: PolicyEngine, collector: CollectorWatch) =>
        new AnswerPages(meshes, engine, collector),
    },
    {
      provide: ExplainAccess,
      inject: [AnswerPages],
      useFactory: (pages: AnswerPages) => new ExplainAccess(pages),
    },
    {
      provide: ReachAnswers,
      inject: [AnswerPages],
      useFactory: (pages: AnswerPages) => new ReachAnswers(pages),
    },
    {
      provide: LintPolicies,
      inject: [AnswerPages],
      useFactory: (pages: AnswerPages) => new LintPolicies(pages),
    },
    {
      provide: LedgerAtPosition,
      inject: [LEDGER],
      useFactory: (ledger: Projection<Ledger>) => new LedgerAtPosition(ledger),
    },
    {
      provide: Diff,
      inject: [PastGraphs, LedgerAtPosition, CollectorWatch],
      useFactory: (graphs: PastGraphs, ledgers: LedgerAtPosition, collector: CollectorWatch) =>
        new Diff(log, graphs, ledgers, collector),
    },
    {
      provide: SimulateChange,
      inject: [AnswerPages, PolicyEngine, LedgerAtPosition],
      useFactory: (pages: AnswerPages, engine: PolicyEngine, ledgers: LedgerAtPosition) =>
        new SimulateChange(pages, engine, ledgers),
    },
  ];
}

function edge({
  log,
  authenticator,
  authorizer,
  meshIdentity,
  sightTimes,
  changesPerMinute = 600,
  takesChanges = true,
  logger,
  health,
  tracer = untraced,
}: McpApiDependencies): Provider[] {
  return [
    {
      provide: APP_GUARD,
      inject: [GRAPH, Readiness],
      useFactory: (graph: Projection<MeshGraph>, readiness: Readiness) => {
        const rate = new ChangeRate(changesPerMinute);
        const namespaces = (): Iterable<string> => {
          readiness.mustBeReady();
          return graph.now.state.namespaces();
        };
        return new CallerGuard(authenticator, authorizer, rate, namespaces, meshIdentity, sightTimes);
      },
    },
    { provide: APP_INTERCEPTOR, useFactory: () => new CallSpans(tracer) },
    { provide: APP_PIPE, useFactory: () => new RequestPipe() },
    {
      provide: APP_FILTER,
      inject: [McpApiMetrics],
      useFactory: ({ refused }: McpApiMetrics) =>
        new StatusFilter(({ code, rpc, error }) => {
          refused(code);
          if (code === 'INTERNAL') logger.error('a call failed', { rpc, error });
          else logger.debug('a call was refused', { rpc, code });
        }),
    },
    {
      provide: Readiness,
      inject: [GRAPH, DESIRED, REFUSALS, LEDGER, GraphFeed],
      useFactory: (
        graph: Projection<MeshGraph>,
        desired: Projection<DesiredStates>,
        refusals: Projection<Refusals>,
        ledger: Projection<Ledger>,
        feed: GraphFeed,
      ) => {
        const readiness = new Readiness({
          'the graph': () => ({ ready: feed.ready, lag: graph.lag() }),
          'desired state': () => ({ ready: desired.now.position.log !== '', lag: desired.lag() }),
          refusals: () => ({ ready: refusals.now.position.log !== '', lag: refusals.lag() }),
          'the edge ledger': () => ({ ready: ledger.now.position.log !== '', lag: ledger.lag() }),
        });
        health.register('api', () => readiness.report());
        return readiness;
      },
    },
    {
      provide: CallGate,
      inject: [GrpcServer, Readiness],
      useFactory: (server: GrpcServer, readiness: Readiness) => new CallGate(server, readiness),
    },
    {
      provide: McpApi,
      inject: [
        GrpcServer,
        Readiness,
        GRAPH,
        DESIRED,
        REFUSALS,
        LEDGER,
        GraphFeed,
        CollectorWatch,
        RateFeed,
        ConvergenceSpans,
        StagedChanges,
        DriftEnforcement,
        McpApiMetrics,
      ],
      useFactory: (
        server: GrpcServer,
        readiness: Readiness,
        graph: Projection<MeshGraph>,
        desired: Projection<DesiredStates>,
        refusals: Projection<Refusals>,
        ledger: Projection<Ledger>,
        feed: GraphFeed,
        collector: CollectorWatch,
        rates: RateFeed,
        convergence: ConvergenceSpans,
        staged: StagedChanges,
        enforcement: DriftEnforcement,
        metrics: McpApiMetrics,
      ) => {
        metrics.observe(server, feed, collector, { graph, desired, refusals, ledger }, () =>
          stoppedEnforcements(desired.now.state),
        );
        const projections = {
          run: (signal: AbortSignal) => followTogether(log, [desired, refusals, ledger, graph], signal),
        };
        const followers = [projections, feed, collector, rates, convergence];
        return new McpApi(
          server,
          readiness,
          takesChanges ? [...followers, staged, enforcement] : followers,
          graph,
        );
      },
    },
  ];
}
